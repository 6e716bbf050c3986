"""sentences, sentence_embeddings, sentence_duplicates -> sentence_centroids, sentence_clusters."""

from pyspark.sql import DataFrame

from jobs.centroids import FitSettings, fit_with_sizes, publish_index
from jobs.dedup.survivors import survivors
from jobs.runtime import stage_main
from jobs.stage import Stage
from realsyn_lib.config import ClusterSettings
from realsyn_lib.retrieval.centroids import IndexFile
from realsyn_lib.tables import (
    SENTENCE_CENTROIDS,
    SENTENCE_CLUSTERS,
    SENTENCE_DUPLICATES,
    SENTENCE_EMBEDDINGS,
    SENTENCES,
)
from udfs.nearest_cluster import nearest_cluster


def transform(vectors: DataFrame, index: IndexFile) -> DataFrame:
    """Put each sentence (sentence_id, embedding) into its nearest cluster, laid out by cluster."""
    placed = vectors.mapInArrow(
        nearest_cluster(index), "sentence_id bigint, embedding binary, cluster_id int"
    )
    return placed.repartitionByRange("cluster_id").sortWithinPartitions("cluster_id", "sentence_id")


def run(stage: Stage) -> None:
    """Fit the centroids unless they are frozen, assign every survivor, count."""
    kept = stage.kept(SENTENCES).select("sentence_id")
    alive = survivors(kept, stage.read(SENTENCE_DUPLICATES), "sentence_id")
    vectors = stage.kept(SENTENCE_EMBEDDINGS).select("sentence_id", "embedding")
    vectors = vectors.join(alive, "sentence_id", "left_semi")
    rows = vectors.count()
    centroids = _centroids(stage, vectors, rows)
    index = publish_index(stage, centroids, "indexes", SENTENCE_CENTROIDS.name)
    stage.metrics["clusters"] = float(index.k)
    stage.write(SENTENCE_CLUSTERS, lambda: transform(vectors, index))
    stage.account_table("sentence", rows, SENTENCE_CLUSTERS)


def _centroids(stage: Stage, vectors: DataFrame, rows: int) -> DataFrame:
    settings: ClusterSettings = stage.conf.clusters
    frozen = stage.frozen(SENTENCE_CENTROIDS, [settings.model_dump(), stage.models["encoder"]])
    if frozen is not None:
        return frozen

    fit = FitSettings(
        settings.sentences_per_centroid, settings.sample_per_centroid, settings.iterations,
        settings.seed,
    )  # fmt: skip
    return stage.write(
        SENTENCE_CENTROIDS, lambda: fit_with_sizes(stage, vectors, "sentence_id", rows, fit)
    )


def main() -> None:
    """spark-submit jobs/cluster_sentences.py --env emr --warehouse s3://bucket/warehouse"""
    stage_main("cluster_sentences")


if __name__ == "__main__":
    main()

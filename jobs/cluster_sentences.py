"""sentences, sentence_embeddings, sentence_duplicates -> sentence_centroids, sentence_clusters."""

from pyspark.sql import DataFrame

from jobs.clusters import Clustering, cluster_rows, fit_of
from jobs.dedup.survivors import survivors
from jobs.runtime import stage_main
from jobs.stage import Stage
from jobs.widths import note_width
from realsyn_lib.tables import (
    SENTENCE_CENTROIDS,
    SENTENCE_CLUSTERS,
    SENTENCE_DUPLICATES,
    SENTENCE_EMBEDDINGS,
    SENTENCES,
)
from udfs.text_keys import KEYED_DDL, keyed_texts


def transform(placed: DataFrame) -> DataFrame:
    """Lay sentences (sentence_id, text_key, embedding, cluster_id) out by cluster."""
    return placed.repartitionByRange("cluster_id").sortWithinPartitions("cluster_id", "sentence_id")


def run(stage: Stage) -> None:
    """Fit the centroids unless they are frozen, assign every survivor, count."""
    kept = stage.kept(SENTENCES).select("sentence_id", "text")
    alive = survivors(kept, stage.read(SENTENCE_DUPLICATES), "sentence_id")
    embeddings = stage.kept(SENTENCE_EMBEDDINGS).select("sentence_id", "embedding")
    vectors = embeddings.join(alive, "sentence_id", "left_semi")

    def keyed(ids: DataFrame | None) -> DataFrame:
        some = alive if ids is None else alive.join(ids, "sentence_id", "left_semi")
        return embeddings.join(some.mapInArrow(keyed_texts, KEYED_DDL), "sentence_id")

    rows, settings = vectors.count(), stage.conf.clusters
    what = Clustering(
        "sentence_id",
        SENTENCE_EMBEDDINGS,
        SENTENCE_CENTROIDS,
        SENTENCE_CLUSTERS,
        settings.sentences_per_centroid,
        fit_of(settings),
    )
    note_width(stage)
    cluster_rows(stage, vectors, rows, what, keyed, transform)
    stage.account_table("sentence", rows, SENTENCE_CLUSTERS)


def main() -> None:
    """spark-submit jobs/cluster_sentences.py --env emr --warehouse s3://bucket/warehouse"""
    stage_main("cluster_sentences")


if __name__ == "__main__":
    main()

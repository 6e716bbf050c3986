"""images, their survivors' embeddings, sentence clusters and centroids -> retrieved_texts."""

from pyspark.sql import DataFrame
from pyspark.sql.functions import col, lit, pmod

from jobs.centroids import publish_index
from jobs.dedup.survivors import survivors
from jobs.runtime import stage_main
from jobs.stage import Stage
from realsyn_lib.embeddings import CENTROID_TYPE, vectors_of
from realsyn_lib.retrieval.centroids import Centroids, small_centroids
from realsyn_lib.retrieval.search import SearchRules
from realsyn_lib.tables import (
    IMAGE_DUPLICATES,
    IMAGE_EMBEDDINGS,
    IMAGES,
    RETRIEVED_TEXTS,
    SENTENCE_CENTROIDS,
    SENTENCE_CLUSTERS,
    SENTENCES,
)
from udfs.nearest_cluster import nearest_cluster
from udfs.rank_in_cluster import rank_in_block


def transform(
    images: DataFrame, sentences: DataFrame, index: Centroids, rules: SearchRules, blocks: int
) -> DataFrame:
    """Pair each image with the closest sentences of its nearest cluster.

    One row for each (image, rank); fewer where the cluster is smaller than ``top_k``. Clusters
    meet in ``blocks`` groups, so a block bounds a task's memory.

    Args:
        images: image_id, embedding.
        sentences: cluster_id, sentence_id, text, embedding.
        index: the sentence centroids.
        rules: how many texts, and how different.
        blocks: groups of clusters.
    """
    assigned = images.mapInArrow(
        nearest_cluster(index), "image_id bigint, embedding binary, cluster_id int"
    )
    block = pmod(col("cluster_id"), lit(blocks)).alias("block_id")
    return (
        assigned.groupBy(block)
        .cogroup(sentences.groupBy(block))
        .applyInArrow(rank_in_block(rules), RETRIEVED_TEXTS.schema_of())
    )


def run(stage: Stage) -> None:
    """Read the inputs, transform, write; an image without any sentence is counted as no_text."""
    settings = stage.conf.retrieval
    kept = stage.kept(IMAGES).select("image_id")
    alive = survivors(kept, stage.read(IMAGE_DUPLICATES), "image_id")
    images = stage.kept(IMAGE_EMBEDDINGS).select("image_id", "embedding")
    images = images.join(alive, "image_id", "left_semi")
    texts = stage.read(SENTENCES).select("sentence_id", "text")
    sentences = stage.read(SENTENCE_CLUSTERS).join(texts, "sentence_id")
    sentences = sentences.select("cluster_id", "sentence_id", "text", "embedding")
    index = _centroids(stage)
    rules = SearchRules(settings.top_k, settings.max_same_cosine)
    blocks = _blocks(stage, index)
    found = stage.write(RETRIEVED_TEXTS, lambda: transform(images, sentences, index, rules, blocks))
    rows, with_text = images.count(), found.where("rank = 1").count()
    outcomes: dict[str | None, int] = {None: with_text}
    if rows > with_text:
        outcomes["no_text"] = rows - with_text
    stage.account("image", rows, outcomes)


def _centroids(stage: Stage) -> Centroids:
    """Centroids travel with the tasks up to retrieval.max_broadcast_mb, beyond in an index file."""
    table = stage.read(SENTENCE_CENTROIDS)
    size = table.selectExpr("sum(length(centroid))").collect()[0][0] or 0
    if size > stage.conf.retrieval.max_broadcast_mb * 2**20:
        return publish_index(stage, table, "indexes", SENTENCE_CENTROIDS.name)
    rows = table.select("cluster_id", "centroid").toArrow().sort_by("cluster_id")
    return small_centroids(vectors_of(rows["centroid"], dtype=CENTROID_TYPE))


def _blocks(stage: Stage, index: Centroids) -> int:
    """Groups of clusters such that a task's sentence vectors fit into retrieval.block_mb."""
    rows = stage.read(SENTENCE_CLUSTERS).count()
    needed = -(-rows * index.width * 6 // (stage.conf.retrieval.block_mb * 2**20))
    return max(1, min(index.k, max(int(needed), int(stage.conf.spark.shuffle_partitions))))


def main() -> None:
    """spark-submit jobs/retrieve_texts.py --env emr --warehouse s3://bucket/warehouse"""
    stage_main("retrieve_texts")


if __name__ == "__main__":
    main()

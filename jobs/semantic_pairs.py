"""Semantic near pairs: rows meet in k-means cells, each row in more than one."""

from pyspark.sql import DataFrame
from pyspark.sql.functions import lit

from jobs.centroids import fit_on_sample, publish_index
from jobs.stage import Stage
from realsyn_lib.config import SemanticSettings
from udfs.components import EDGES_DDL
from udfs.near_pairs import near_pairs_in_block
from udfs.nearest_cluster import nearest_cluster


def semantic_edges(stage: Stage, vectors: DataFrame, settings: SemanticSettings) -> DataFrame:
    """Return src, dst of a forest over the near pairs of (id, embedding).

    A pair is found where its rows share one of the ``probes`` cells nearest to each.
    """
    placed = _placed(stage, vectors.select("id", "embedding"), settings)
    search = near_pairs_in_block(settings.max_cosine_distance)
    return placed.groupBy("cluster_id").applyInArrow(search, EDGES_DDL)


def _placed(stage: Stage, vectors: DataFrame, settings: SemanticSettings) -> DataFrame:
    """Add the cells of each row; few rows are one cell and need no k-means."""
    rows = vectors.count()
    cells = -(-rows // settings.rows_per_cluster)
    stage.metrics["cells"] = float(cells)
    if cells <= 1:
        return vectors.withColumn("cluster_id", lit(0))
    centroids = fit_on_sample(
        vectors,
        rows,
        cells,
        sample_per_centroid=settings.sample_per_centroid,
        iterations=settings.iterations,
        seed=settings.seed,
    )
    index = publish_index(stage, centroids, "work", stage.spec.name, "cells")
    return vectors.mapInArrow(
        nearest_cluster(index, settings.probes), "id bigint, embedding binary, cluster_id int"
    )

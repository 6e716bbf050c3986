"""Rows of a table in their nearest clusters: fitted once, frozen, in two levels where they are many."""

from collections.abc import Callable
from dataclasses import asdict, dataclass

from pyspark.sql import DataFrame
from pyspark.sql.functions import col, count, lit
from pyspark.sql.types import IntegerType, StructField, StructType

from jobs.centroids import FitSettings, fit_levels, hash_sample, publish_levels, travelling
from jobs.stage import Stage
from realsyn_lib.retrieval.levels import LevelIndex
from realsyn_lib.tables import Table
from udfs.nearest_cluster import nearest_cluster

_CLUSTER = StructField("cluster_id", IntegerType())
_FITTED_DDL = "cluster_id int, group_id int, centroid binary"


@dataclass(frozen=True)
class Clustering:
    """What is clustered, and how.

    ``key``: id column. ``centroids``, ``clusters``: the tables. ``rows_per_centroid``: rows of a
    cluster in the mean.
    """

    key: str
    centroids: Table
    clusters: Table
    rows_per_centroid: int
    fit: FitSettings


def cluster_rows(
    stage: Stage, vectors: DataFrame, rows: int, what: Clustering,
    laid_out: Callable[[DataFrame], DataFrame],
) -> DataFrame:  # fmt: skip
    """Put each of ``rows`` rows (key, embedding) into its nearest cluster and write both tables.

    ``laid_out`` makes the rows of the table from those given, with cluster_id.
    """
    by = [what.rows_per_centroid, asdict(what.fit), stage.models["encoder"]]
    frozen = stage.frozen(what.centroids, by)
    fitted = _fitted(stage, vectors, rows, what) if frozen is None else frozen
    index = publish_levels(stage, fitted, "indexes", what.centroids.name)
    stage.metrics["clusters"] = float(index.cells.k)
    placed = stage.write(what.clusters, lambda: laid_out(_placed(stage, vectors, index, what)))
    if frozen is None:
        sizes = placed.groupBy("cluster_id").agg(count(lit(1)).alias("size"))
        counted = fitted.join(sizes, "cluster_id", "left").fillna(0, ["size"])
        stage.write(what.centroids, lambda: counted)
    return placed


def _fitted(stage: Stage, vectors: DataFrame, rows: int, what: Clustering) -> DataFrame:
    """Fit on a sample by hash rank; what is fitted outlives a kill."""
    clusters = max(1, round(rows / what.rows_per_centroid))
    wanted = min(rows, clusters * what.fit.sample_per_centroid)
    pairs = vectors.select(col(what.key).alias("id"), "embedding")

    def build() -> DataFrame:
        sample = stage.scratch("sample", hash_sample(pairs, rows, wanted, what.fit.seed))
        return fit_levels(stage, sample, wanted, clusters, what.fit)

    return stage.resumable("fitted", _FITTED_DDL, build)


def _placed(stage: Stage, vectors: DataFrame, index: LevelIndex, what: Clustering) -> DataFrame:
    # How an index travels changes no row, so the setting is no part of this stage's content.
    place = travelling(index, stage.config.retrieval.max_broadcast_mb)
    assign = nearest_cluster(place, what.fit.beam)
    return vectors.mapInArrow(assign, StructType([*vectors.schema.fields, _CLUSTER]))

"""Rows of a table in their nearest clusters: fitted once, frozen, in two levels where they are many."""

from collections.abc import Callable
from dataclasses import asdict, dataclass

from pyspark.sql import DataFrame
from pyspark.sql.functions import col, count, lit
from pyspark.sql.types import IntegerType, StructField, StructType

from jobs.centroids import FitSettings, fit_levels, hash_sample, publish_levels, travelling
from jobs.stage import Stage
from realsyn_lib.config import BalanceSettings, ClusterSettings
from realsyn_lib.errors import GateError
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


def fit_of(settings: ClusterSettings | BalanceSettings) -> FitSettings:
    """Return how the settings of a section want centroids to be fitted."""
    return FitSettings(
        settings.sample_per_centroid, settings.iterations, settings.refinements, settings.beam,
        settings.seed,
    )  # fmt: skip


def cluster_rows(
    stage: Stage, vectors: DataFrame, rows: int, what: Clustering, placed_rows: DataFrame,
    laid_out: Callable[[DataFrame], DataFrame],
) -> DataFrame:  # fmt: skip
    """Put each of ``rows`` rows into its nearest cluster and write both tables.

    Args:
        stage: the attempt.
        vectors: key, embedding, of unit norm: what is fitted on.
        rows: how many.
        what: tables and settings.
        placed_rows: the same rows with all that the table needs.
        laid_out: makes the rows of the table from those, with cluster_id.

    Raises:
        GateError: there is no row.
    """
    if rows == 0:
        raise GateError(
            f"{stage.spec.name}: no row is left to cluster, expected at least one; see `realsyn sql "
            "why_dropped`"
        )
    by = [what.rows_per_centroid, asdict(what.fit), stage.models["encoder"]]
    frozen = stage.frozen(what.centroids, by)
    fitted = _fitted(stage, vectors, rows, what) if frozen is None else frozen
    index = publish_levels(stage, fitted, "indexes", what.centroids.name)
    stage.metrics["clusters"] = float(index.cells.k)
    placed = stage.write(what.clusters, lambda: laid_out(_placed(stage, placed_rows, index, what)))
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


def _placed(stage: Stage, rows: DataFrame, index: LevelIndex, what: Clustering) -> DataFrame:
    # How an index travels changes no row, so the setting is no part of this stage's content.
    place = travelling(index, stage.config.retrieval.max_broadcast_mb)
    assign = nearest_cluster(place, what.fit.beam)
    return rows.mapInArrow(assign, StructType([*rows.schema.fields, _CLUSTER]))

"""Rows of a table in their nearest clusters: fitted once, frozen, in two levels where they are many."""

from collections.abc import Callable
from dataclasses import asdict, dataclass

from pyspark.sql import DataFrame
from pyspark.sql.functions import broadcast, col, count, lit
from pyspark.sql.types import IntegerType, StructField, StructType

from jobs.centroids import fit_levels, publish_levels, travelling
from jobs.changed_ids import ChangedIds, changed_ids
from jobs.faults import unless_gone
from jobs.fit_sample import FitSettings, hash_sample
from jobs.past_tables import past_reader
from jobs.stage import Change, Stage
from realsyn_lib.config import BalanceSettings, ClusterSettings
from realsyn_lib.errors import GateError
from realsyn_lib.retrieval.levels import LevelIndex
from realsyn_lib.tables import Table
from udfs.nearest_cluster import nearest_cluster

_FEW = 1_000_000  # ids that every task may hold; then files of the table stay what they are
_CLUSTER = StructField("cluster_id", IntegerType())
_FITTED_DDL = "cluster_id int, group_id int, centroid binary"


@dataclass(frozen=True)
class Clustering:
    """What is clustered, and how.

    ``key``: id column. ``vectors``: the table that they come from. ``centroids``, ``clusters``: the
    tables. ``rows_per_centroid``: rows of a cluster in the mean. ``content``: a table that the stage
    reads, and its column that tells what an id stands for, where another thing may come under an old id.
    """

    key: str
    vectors: Table
    centroids: Table
    clusters: Table
    rows_per_centroid: int
    fit: FitSettings
    content: tuple[Table, str] | None = None


def fit_of(settings: ClusterSettings | BalanceSettings) -> FitSettings:
    """Return how the settings of a section want centroids to be fitted."""
    return FitSettings(
        settings.sample_per_centroid, settings.iterations, settings.refinements, settings.beam,
        settings.seed,
    )  # fmt: skip


def cluster_rows(
    stage: Stage, vectors: DataFrame, rows: int, what: Clustering,
    rows_of: Callable[[DataFrame | None], DataFrame],
    laid_out: Callable[[DataFrame], DataFrame],
) -> DataFrame:  # fmt: skip
    """Put each of ``rows`` rows into its nearest cluster and write both tables.

    In centroids that an earlier run fitted, rows that it has placed stay where they are.

    Args:
        stage: the attempt.
        vectors: key, embedding, of unit norm: what is fitted on.
        rows: how many.
        what: tables and settings.
        rows_of: returns the same rows, or those of some ids, with all that the table needs.
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

    def place(ids: DataFrame | None = None) -> DataFrame:
        return laid_out(_placed(stage, rows_of(ids), index, what))

    read = past_reader(stage, what.vectors)

    def build() -> DataFrame | Change:
        if frozen is None or read is None:
            return place()
        found = _changed(stage, vectors, what, read, place, laid_out)
        return place() if found is None else found

    placed = stage.write(what.clusters, build)
    if frozen is None:
        sizes = placed.groupBy("cluster_id").agg(count(lit(1)).alias("size"))
        counted = fitted.join(sizes, "cluster_id", "left").fillna(0, ["size"])
        stage.write(what.centroids, lambda: counted)
    return placed


def _changed(
    stage: Stage, vectors: DataFrame, what: Clustering, read: Callable[[Table], DataFrame],
    place: Callable[[DataFrame], DataFrame], laid_out: Callable[[DataFrame], DataFrame],
) -> Change | None:  # fmt: skip
    """Place what came since the last run; None: nothing of then can be gone on with."""

    def look() -> tuple[DataFrame, ChangedIds]:
        past = read(what.clusters)
        sides = _with_content(past, what, read), _with_content(vectors, what, stage.read)
        basis = () if what.content is None else (what.content[1],)
        return past, changed_ids(stage, "changed_rows", *sides, what.key, basis)

    looked = unless_gone(look)
    if looked is None:
        return None
    past, found = looked
    stage.metrics |= {"added_rows": float(found.added), "removed_rows": float(found.removed)}
    if not found.added and not found.removed:
        return Change()
    fresh = place(found.came)
    if not found.removed:
        return Change(fresh, is_added=True)
    went = broadcast(found.went) if found.removed <= _FEW else found.went
    stay = past.join(went, what.key, "left_anti").select(*fresh.columns)
    rows = stay.unionByName(fresh)
    return Change(rows if found.removed <= _FEW else laid_out(rows))


def _with_content(
    rows: DataFrame, what: Clustering, read: Callable[[Table], DataFrame]
) -> DataFrame:
    if what.content is None:
        return rows.select(what.key)
    table, column = what.content
    return rows.select(what.key).join(read(table).select(what.key, column), what.key, "left")


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

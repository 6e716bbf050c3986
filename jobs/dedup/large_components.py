"""Representatives of components that no task may hold: sums, then cosines, row by row."""

from pyspark.sql import DataFrame
from pyspark.sql.functions import broadcast, expr, lit

from jobs.dedup.survivors import LEAST_MERIT, Survival
from jobs.fit_sample import fit_on_sample, fitted_vectors
from jobs.stage import Stage
from realsyn_lib.dedup.survivors import COSINE_STEPS
from realsyn_lib.embeddings import CENTROID_TYPE
from realsyn_lib.retrieval.centroids import small_centroids
from realsyn_lib.retrieval.levels import one_level
from udfs.nearest_cluster import nearest_cluster
from udfs.representatives import (
    CENTROIDS_DDL,
    SUMS_DDL,
    centroid_of,
    cosines_to_other,
    sum_vectors,
)

_MEASURED_DDL = "id bigint, component_id bigint, representative_id bigint, cosine double"
# How members that leave are brought together: they decide content, but of chains alone.
_ROWS_PER_CELL = 2048
_MOST_CELLS = 1024  # 4 MB of centroids on the driver, and 64k vectors in the task that fits them
_SAMPLE_PER_CELL = 64
_ITERATIONS = 10
_SEED = 1
_COSINES_DDL = "id bigint, component_id bigint, cosine double"


def settle_large(
    stage: Stage, kind: str, large: DataFrame, vectors: DataFrame, survival: Survival
) -> tuple[DataFrame, DataFrame | None]:
    """Settle members that stay with their representatives, and name the groups of the others.

    The passes over the vectors are three: the sums, the cosines to centroids, those to the
    representatives. Members too far from these meet in k-means cells, at most ``survival.held``
    of a component in one part, and one task can settle each part.

    Args:
        stage: the attempt, for its working files.
        kind: perceptual or semantic.
        large: id, component_id, merits.
        vectors: id, embedding.
        survival: who survives.

    Returns:
        ``SETTLED_DDL`` of those that stay, and id, component_id, part, merits of those that leave;
        None where none does.
    """
    rows = large.select("id", "component_id", "merits").join(vectors, "id")
    rows = rows.select("id", "component_id", "merits", "embedding")
    held = stage.scratch(f"{kind}_large", rows.sortWithinPartitions("component_id"))
    by_merit = survival.merits is not None
    chosen = stage.scratch(f"{kind}_large_chosen", _chosen(held, by_merit))
    if survival.max_distance is None:
        return _stay(held.join(broadcast(chosen), "component_id"), None), None
    stood = held.selectExpr("id AS representative_id", "component_id", "embedding AS other")
    stood = stood.join(broadcast(chosen), ["component_id", "representative_id"])
    both = held.drop("merits").join(broadcast(stood), "component_id")
    both = both.select("id", "component_id", "representative_id", "embedding", "other")
    measured = both.mapInArrow(cosines_to_other(), _MEASURED_DDL)
    measured = stage.scratch(f"{kind}_large_cosines", measured)
    # Spark takes NaN, of a vector that is none, for more than any number.
    near = expr(f"nanvl(cosine, -1) >= {1.0 - survival.max_distance!r} OR id = representative_id")
    far = measured.where(~near)
    leavers = far.count()
    if leavers == 0:
        return _stay(measured, None), None
    rows = far.select("id", "cosine").join(held, "id")
    placed = _placed(rows.select("id", "component_id", "cosine", "merits", "embedding"), leavers)
    rank = "row_number() OVER (PARTITION BY component_id, cluster_id ORDER BY cosine DESC, id)"
    piece = f"CAST(({rank} - 1) DIV {survival.held} AS bigint)"
    part = f"1 + cluster_id + {_MOST_CELLS} * {piece} AS part"
    return _stay(measured.where(near), far), placed.selectExpr("id", "component_id", part, "merits")


def _placed(rows: DataFrame, count: int) -> DataFrame:
    """Add the k-means cell that each row lies in, so that rows alike come to one task."""
    cells = min(_MOST_CELLS, -(-count // _ROWS_PER_CELL))
    if cells == 1:
        return rows.drop("embedding").withColumn("cluster_id", lit(0))
    fitted = fit_on_sample(
        rows, count, cells, sample_per_centroid=_SAMPLE_PER_CELL, iterations=_ITERATIONS, seed=_SEED
    )
    centroids = small_centroids(fitted_vectors(fitted))
    placed = rows.mapInArrow(
        nearest_cluster(one_level(centroids)),
        "id bigint, component_id bigint, cosine double, merits array<bigint>, embedding binary, "
        "cluster_id int",
    )
    return placed.drop("embedding")


def _chosen(held: DataFrame, by_merit: bool) -> DataFrame:
    """Return component_id, representative_id."""
    if not by_merit:
        sums = held.select("component_id", "embedding").mapInArrow(sum_vectors, SUMS_DDL)
        centroids = sums.groupBy("component_id").applyInArrow(centroid_of, CENTROIDS_DDL)
        both = held.drop("merits").join(broadcast(centroids), "component_id")
        both = both.select("id", "component_id", "embedding", "other")
        cosines = both.mapInArrow(cosines_to_other(CENTROID_TYPE), _COSINES_DDL)
        steps = f"array(CAST(-rint(nanvl(cosine, -1) * {COSINE_STEPS}) AS bigint)) AS merits"
        held = cosines.selectExpr("id", "component_id", steps)
    return held.groupBy("component_id").agg(expr(LEAST_MERIT))


def _stay(rows: DataFrame, far: DataFrame | None) -> DataFrame:
    """Name what is left of each component by its smallest id."""
    least = rows.groupBy("component_id").agg(expr("min(id) AS smallest"))
    named = rows.join(broadcast(least), "component_id")
    if far is None:
        named = named.withColumn("split_from", expr("CAST(NULL AS bigint)"))
    else:
        cut = far.selectExpr("component_id", "component_id AS split_from").distinct()
        named = named.join(broadcast(cut), "component_id", "left")
    return named.selectExpr("id", "smallest AS component_id", "representative_id", "split_from")

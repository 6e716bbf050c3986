"""Components -> representatives, as rows of a duplicates table."""

from pyspark.sql import DataFrame
from pyspark.sql.functions import col, expr, lit

from jobs.dedup.large_components import settle_large
from jobs.dedup.survivors import LEAST_MERIT, Survival
from jobs.stage import Stage
from realsyn_lib.tables import IMAGE_DUPLICATES
from udfs.representatives import SETTLED_DDL, settle_groups


def duplicate_rows(
    stage: Stage, kind: str, members: DataFrame, vectors: DataFrame, survival: Survival, ids: int
) -> DataFrame:
    """Return the rows of a duplicates table for the members of components.

    Vectors go to the tasks of their components, sorted, and no more of them are held than
    ``survival.held`` and one component. Where there are more ids than that, pairs are settled
    without their vectors (a pair is a tie, and its one edge is its witness), and larger
    components without coming together at all.

    Args:
        stage: the attempt, for its working files.
        kind: perceptual or semantic.
        members: id, component_id.
        vectors: id, embedding.
        survival: who survives.
        ids: how many ids there are at most.
    """
    named = _with_merits(members, survival.merits)
    if survival.merits is not None and survival.max_distance is None:
        found = _settled_by_merit(named)
    elif ids <= survival.held:
        found = settle_whole(named.withColumn("part", lit(0).cast("bigint")), vectors, survival)
    else:
        found = _settled_by_size(stage, kind, named, vectors, survival)
    return found.withColumn("kind", lit(kind)).select(*IMAGE_DUPLICATES.names)


def settle_whole(parts: DataFrame, vectors: DataFrame, survival: Survival) -> DataFrame:
    """Return ``SETTLED_DDL`` of (id, component_id, part, merits), each group in one task."""
    rows = parts.join(vectors.select("id", "embedding"), "id").repartition("component_id", "part")
    settle = settle_groups(survival.max_distance, survival.held)
    return rows.sortWithinPartitions("component_id", "part").mapInArrow(settle, SETTLED_DDL)


def _with_merits(members: DataFrame, merits: DataFrame | None) -> DataFrame:
    if merits is None:
        return members.withColumn("merits", expr("CAST(array() AS array<bigint>)"))
    return members.join(merits.select("id", "merits"), "id")


def _settled_by_merit(named: DataFrame) -> DataFrame:
    """Choose without vectors."""
    chosen = named.groupBy("component_id").agg(expr(LEAST_MERIT))
    rows = named.join(chosen, "component_id").withColumn("split_from", expr("CAST(NULL AS bigint)"))
    return rows.select("id", "component_id", "representative_id", "split_from")


def _settled_by_size(
    stage: Stage, kind: str, named: DataFrame, vectors: DataFrame, survival: Survival
) -> DataFrame:
    counts = named.groupBy("component_id").agg(expr("count(*) AS size"))
    sized = stage.scratch(f"{kind}_sizes", named.join(counts, "component_id"))
    pairs, large = sized.where("size = 2"), sized.where(col("size") > survival.held)
    small = sized.where(f"size > 2 AND size <= {survival.held}").withColumn(
        "part", lit(0).cast("bigint")
    )
    found = _settled_by_merit(pairs).union(settle_whole(small, vectors, survival))
    if large.isEmpty():
        return found
    near, parts = settle_large(stage, kind, large, vectors, survival)
    found = found.union(near)
    return found if parts is None else found.union(settle_whole(parts, vectors, survival))

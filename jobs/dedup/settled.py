"""Components -> rows of a duplicates table, those of unchanged components as the last run settled them."""

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from jobs.dedup.duplicate_rows import duplicate_rows
from jobs.dedup.survivors import Survival
from jobs.memory import Memory
from jobs.stage import Stage
from realsyn_lib.tables import IMAGE_DUPLICATES

_KEPT_DDL = (
    "id bigint, kind string, component_id bigint, representative_id bigint, split_from bigint, "
    "joined_id bigint, mark bigint"
)


def settled(
    stage: Stage, memory: Memory, kind: str, members: DataFrame, vectors: DataFrame,
    survival: Survival, ids: int,
) -> DataFrame:  # fmt: skip
    """Return the rows of a duplicates table for the members of components.

    A component is what it was when it has the same members with the same merits (and, by what the
    memory promises, the same vectors): its rows are taken over. All others are settled.

    Args:
        stage: the attempt.
        memory: of the stage.
        kind: perceptual or semantic.
        members: id, component_id.
        vectors: id, embedding.
        survival: who survives.
        ids: how many ids there are at most.
    """
    marked = _marked(members, survival.merits)
    past = memory.before(f"{kind}_settled", _KEPT_DDL)
    if past is None:
        rows = _settle(stage, kind, members, vectors, survival, ids)
    else:
        now = marked.selectExpr("component_id AS joined_id", "mark")
        same = stage.scratch(f"{kind}_same", _digests(now).intersect(_digests(past)))
        same = same.select("joined_id")
        left = members.join(same, members["component_id"] == same["joined_id"], "left_anti")
        changed = stage.scratch(f"{kind}_changed", left)
        fresh = _settle(stage, kind, changed, vectors, survival, ids)
        rows = fresh.unionByName(past.join(same, "joined_id", "left_semi"))
    return memory.keep(f"{kind}_settled", rows).select(*IMAGE_DUPLICATES.names)


def _settle(
    stage: Stage, kind: str, members: DataFrame, vectors: DataFrame, survival: Survival, ids: int
) -> DataFrame:
    """Return rows as they are kept: joined_id is the component before the guard cut it."""
    rows = duplicate_rows(stage, kind, members, vectors, survival, ids)
    marked = _marked(members, survival.merits).withColumnRenamed("component_id", "joined_id")
    return rows.join(marked, "id")


def _marked(members: DataFrame, merits: DataFrame | None) -> DataFrame:
    """Return id, component_id and a hash of all of a member that decides who survives."""
    if merits is None:
        return members.withColumn("mark", expr("xxhash64(id)"))
    both = members.join(merits, "id", "left")
    return both.selectExpr("id", "component_id", "xxhash64(id, merits) AS mark")


def _digests(rows: DataFrame) -> DataFrame:
    """Return joined_id, size, and two sums over the marks: equal for equal sets of members."""
    sums = ("count(*) AS size", "sum(mark % 4294967296) AS one", "bit_xor(mark) AS other")
    return rows.groupBy("joined_id").agg(*map(expr, sums))

"""Which rows are new since the last run of a stage."""

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from jobs.memory import Memory
from jobs.stage import Stage

_ROWS_DDL = "id bigint, mark bigint, is_bare boolean"
_MOST_ADDED = 0.2  # share of all rows above which doing all again costs less


@dataclass(frozen=True)
class Changes:
    """``added``: id of the rows that are new, None where all are; ``bare``: id of those without vector."""

    added: DataFrame | None
    bare: DataFrame


def added_rows(stage: Stage, memory: Memory, marks: DataFrame, vectors: DataFrame) -> Changes:
    """Compare the rows there are with those that the last run had, and keep them for the next one.

    Where a row is gone or is another one now, or many are new, the memory forgets all: every row
    is new.

    Args:
        stage: the attempt; metric ``added_rows``.
        memory: of the stage.
        marks: id, mark of all rows.
        vectors: id, embedding.
    """
    own = vectors.selectExpr("id", "xxhash64(embedding) AS vector")
    rows = marks.join(own, "id", "left").selectExpr(
        "id", "xxhash64(mark, vector) AS mark", "vector IS NULL AS is_bare"
    )
    now, before = memory.keep("rows", rows), memory.before("rows", _ROWS_DDL)
    bare = now.where("is_bare").select("id")
    if before is not None:
        then = before.selectExpr("id", "mark AS past_mark")
        both = now.join(then, "id", "full_outer").where("NOT mark <=> past_mark")
        changed = stage.scratch("changed_rows", both.select("id", "mark", "past_mark"))
        gone, added = changed.agg(
            expr("count_if(past_mark IS NOT NULL)"), expr("count_if(past_mark IS NULL)")
        ).collect()[0]
        if gone == 0 and added <= _MOST_ADDED * now.count():
            stage.metrics["added_rows"] = float(added)
            return Changes(changed.select("id"), bare)
        memory.forget()
    stage.metrics["added_rows"] = float(now.count())
    return Changes(None, bare)

"""Which rows are new since the last run of a stage."""

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from jobs.memory import Memory
from jobs.stage import Stage

# past_mark: of the run before; mark, is_bare: null where the row is gone.
_ROWS_DDL = "id bigint, mark bigint, is_bare boolean, past_mark bigint"
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
    now = marks.join(own, "id", "left").selectExpr(
        "id", "xxhash64(mark, vector) AS mark", "vector IS NULL AS is_bare"
    )
    before = memory.before("rows", _ROWS_DDL)
    if before is None:
        rows = memory.keep("rows", now.selectExpr("*", "CAST(null AS bigint) AS past_mark"))
        return _all_rows(stage, rows)
    then = before.where("mark IS NOT NULL").selectExpr("id", "mark AS past_mark")
    # One plan, though half of it is kept for the next run only: each side is sorted once.
    rows = memory.keep("rows", now.join(then, "id", "full_outer"))
    changed = rows.where("NOT mark <=> past_mark").select("id", "mark", "past_mark")
    changed = stage.scratch("changed_rows", changed)
    gone, added = changed.agg(
        expr("count_if(past_mark IS NOT NULL)"), expr("count_if(past_mark IS NULL)")
    ).collect()[0]
    if gone or added > _MOST_ADDED * rows.count():
        memory.forget()
        return _all_rows(stage, rows)
    stage.metrics["added_rows"] = float(added)
    return Changes(changed.select("id"), _bare(rows))


def _all_rows(stage: Stage, rows: DataFrame) -> Changes:
    stage.metrics["added_rows"] = float(rows.where("mark IS NOT NULL").count())
    return Changes(None, _bare(rows))


def _bare(rows: DataFrame) -> DataFrame:
    return rows.where("is_bare").select("id")

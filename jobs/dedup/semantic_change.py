"""What was there and what is -> the rows whose near ones must be looked for."""

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql.functions import col, lit

from jobs.dedup.semantic_past import Past
from jobs.stage import Stage


@dataclass(frozen=True)
class Change:
    """``asked``: id of rows that were added or lost a link. ``stars``: components as they stay.

    ``rows``: rows of the past (``ROWS_DDL``) that stay and are not asked. ``added``, ``removed``,
    ``asked_count``: how many.
    """

    asked: DataFrame
    stars: DataFrame
    rows: DataFrame
    added: int
    removed: int
    asked_count: int


def change_since(stage: Stage, past: Past, vectors: DataFrame) -> Change:
    """Compare the ids of then and now.

    A component that lost a row may fall apart: its other members are asked again, like new rows.
    """
    now = vectors.select("id", lit(True).alias("is_now"))
    then = past.rows.select("id", lit(True).alias("was_then"))
    differ = now.join(then, "id", "full_outer").where("is_now IS NULL OR was_then IS NULL")
    changed = stage.scratch("semantic_changed", differ.selectExpr("id", "is_now"))
    counts = changed.selectExpr("count(is_now)", "count(*) - count(is_now)").collect()[0]
    added, removed = (int(count) for count in counts)
    asked, stars = changed.where("is_now").select("id"), past.stars
    if removed:
        gone = changed.where("is_now IS NULL").select("id")
        members = stars.selectExpr("inline(array(struct(src AS id, dst), struct(dst AS id, dst)))")
        broken = members.join(gone, "id", "left_semi").select("dst").distinct()
        broken = stage.scratch("broken_components", broken)
        left = members.join(broken, "dst", "left_semi").join(gone, "id", "left_anti").select("id")
        asked = stage.scratch("asked_ids", asked.union(left).distinct())
        stars = stars.join(broken, "dst", "left_anti").select("src", "dst")
    leaving = changed.select("id").union(asked) if removed else asked
    rows = past.rows.join(leaving, "id", "left_anti")
    return Change(asked, stars, rows, added, removed, asked.count() if removed else added)


def standing_rows(rows: DataFrame) -> DataFrame:
    """Return the rows that are compared: sound ones, one of each vector."""
    return rows.where(col("cells").isNotNull())

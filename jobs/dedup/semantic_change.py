"""What was there and what is -> the rows whose near ones must be looked for."""

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql.functions import col

from jobs.changed_ids import changed_ids
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
    changed = changed_ids(stage, "semantic_changed", past.rows, vectors, "id")
    asked, stars = changed.came, past.stars
    if changed.removed:
        gone = changed.went
        members = stars.selectExpr("inline(array(struct(src AS id, dst), struct(dst AS id, dst)))")
        broken = members.join(gone, "id", "left_semi").select("dst").distinct()
        broken = stage.scratch("broken_components", broken)
        left = members.join(broken, "dst", "left_semi").join(gone, "id", "left_anti").select("id")
        asked = stage.scratch("asked_ids", asked.union(left).distinct())
        stars = stars.join(broken, "dst", "left_anti").select("src", "dst")
    leaving = changed.went.union(asked) if changed.removed else asked
    rows = past.rows.join(leaving, "id", "left_anti")
    count = asked.count() if changed.removed else changed.added
    return Change(asked, stars, rows, changed.added, changed.removed, count)


def standing_rows(rows: DataFrame) -> DataFrame:
    """Return the rows that are compared: sound ones, one of each vector."""
    return rows.where(col("cells").isNotNull())

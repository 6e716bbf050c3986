"""Which rows came and which went since the last run, by their ids alone."""

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql.functions import lit

from jobs.stage import Stage


@dataclass(frozen=True)
class ChangedIds:
    """``came``, ``went``: ids, in a column of the key's name; ``added``, ``removed``: how many."""

    came: DataFrame
    went: DataFrame
    added: int
    removed: int


def changed_ids(stage: Stage, name: str, then: DataFrame, now: DataFrame, key: str) -> ChangedIds:
    """Compare the column ``key`` of two frames; what differs is a working file ``name``."""
    before = then.select(key, lit(True).alias("was_then"))
    after = now.select(key, lit(True).alias("is_now"))
    differ = after.join(before, key, "full_outer").where("is_now IS NULL OR was_then IS NULL")
    stored = stage.scratch(name, differ.select(key, "is_now"))
    counts = stored.selectExpr("count(is_now)", "count(*) - count(is_now)").collect()[0]
    came, went = stored.where("is_now"), stored.where("is_now IS NULL")
    return ChangedIds(came.select(key), went.select(key), int(counts[0]), int(counts[1]))

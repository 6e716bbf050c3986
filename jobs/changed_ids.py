"""Which rows came and which went since the last run, by their ids and what those stand for."""

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql.functions import col, lit, xxhash64

from jobs.stage import Stage


@dataclass(frozen=True)
class ChangedIds:
    """``came``, ``went``: ids, in a column of the key's name; ``added``, ``removed``: how many."""

    came: DataFrame
    went: DataFrame
    added: int
    removed: int


def changed_ids(
    stage: Stage, name: str, then: DataFrame, now: DataFrame, key: str, basis: tuple[str, ...] = ()
) -> ChangedIds:
    """Compare the column ``key`` of two frames; what differs is a working file ``name``.

    ``basis``: columns of both; where they differ, the row of that id went and another one came.
    """
    before, after = (
        frame.select(key, (xxhash64(*basis) if basis else lit(0)).alias(side))
        for frame, side in ((then, "was"), (now, "now"))
    )
    both = after.join(before, key, "full_outer").select(
        key,
        (col("now").isNotNull() & ~col("now").eqNullSafe(col("was"))).alias("is_new"),
        (col("was").isNotNull() & ~col("was").eqNullSafe(col("now"))).alias("is_gone"),
    )
    stored = stage.scratch(name, both.where("is_new OR is_gone"))
    counts = stored.selectExpr("count_if(is_new)", "count_if(is_gone)").collect()[0]
    came, went = stored.where("is_new").select(key), stored.where("is_gone").select(key)
    return ChangedIds(came, went, int(counts[0]), int(counts[1]))

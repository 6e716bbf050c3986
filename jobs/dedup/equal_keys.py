"""Rows of equal key -> edges to the smallest id of that key."""

from pyspark.sql import DataFrame
from pyspark.sql.functions import col
from pyspark.sql.functions import min as min_of


def equal_keys(rows: DataFrame, name: str, key: str) -> DataFrame:
    """Return src, dst: each row but the one of the smallest id, and that one; no key, no edge.

    Args:
        rows: has the columns ``name`` (the id) and ``key``.
        name: column of the id.
        key: column whose equal values join rows.
    """
    first = rows.groupBy(key).agg(min_of(name).alias("dst"))
    linked = rows.join(first, key).where(col(name) != col("dst"))
    return linked.select(col(name).alias("src"), "dst")

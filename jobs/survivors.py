"""Rows that are their own representative in every kind of duplicate."""

from pyspark.sql import DataFrame
from pyspark.sql.functions import col


def survivors(frame: DataFrame, duplicates: DataFrame, key: str) -> DataFrame:
    """Return the rows of ``frame`` that no component dropped; ``key`` is its id column."""
    dropped = duplicates.where(col("id") != col("representative_id")).select(col("id").alias(key))
    return frame.join(dropped.distinct(), key, "left_anti")

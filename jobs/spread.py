"""Rows spread evenly over tasks that compute long on little data."""

from pyspark.sql import DataFrame
from pyspark.sql.functions import xxhash64


def spread(frame: DataFrame, tasks: int, key: str) -> DataFrame:
    """Deal rows out to exactly ``tasks`` partitions by a hash of their id.

    The hash of the key, not the key: Spark would take rows that are grouped by the key already
    for dealt out, and then merge the partitions because they are small.
    """
    return frame.repartition(tasks, xxhash64(key))

"""Addresses dealt out to tasks by host, so that limits for each host hold without a word between tasks."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql.functions import (
    array,
    broadcast,
    coalesce,
    col,
    count,
    element_at,
    lit,
    pmod,
    regexp_extract,
    xxhash64,
)  # fmt: skip
from pyspark.sql.functions import hash as hash_of
from pyspark.sql.functions import min as least

from realsyn_lib.fetch.hosts import lanes_of

_KEYS_TRIED = 64  # for each task, to find one that Spark sends to it


def host_of_url() -> Column:
    """The host, with a port that is not the default, of the canonical column ``url``; empty for a file."""
    return regexp_extract("url", "^https?://([^/?#]*)", 1)


@dataclass(frozen=True)
class HostDeal:
    """Which task gets which address.

    Attributes:
        tasks: partitions.
        lanes: hosts of many rows, each dealt over so many tasks; all others go to one.
        keys: for each task a number that Spark's hash sends to a partition of its own.
    """

    tasks: int
    lanes: dict[str, int]
    keys: tuple[int, ...]

    @property
    def digest(self) -> str:
        """13 hex digits of all that decides which rows a partition has."""
        parts = json.dumps([self.tasks, sorted(self.lanes.items())])
        return hashlib.sha256(parts.encode()).hexdigest()[:13]

    def deal(self, wanted: DataFrame) -> DataFrame:
        """Return the rows of (image_id, url) in ``tasks`` partitions; files are spread by their id."""
        spark = wanted.sparkSession
        lanes = self.lanes | {"": self.tasks}
        heavy = spark.createDataFrame(pa.table({"host": list(lanes), "lanes": [*lanes.values()]}))
        named = wanted.withColumn("host", host_of_url()).join(broadcast(heavy), "host", "left")
        lane = pmod(xxhash64("image_id"), coalesce(col("lanes"), lit(1)))
        task = pmod(pmod(xxhash64("host"), lit(self.tasks)) + lane, lit(self.tasks))
        keys = array(*(lit(key).cast("bigint") for key in self.keys))  # an int has another hash
        key = element_at(keys, task.cast("int") + 1)
        return named.repartition(self.tasks, key).select(*wanted.columns)


def plan_deal(wanted: DataFrame, rows: int, tasks: int, per_host: int) -> HostDeal:
    """Decide how the addresses of a stage are dealt out.

    Args:
        wanted: with the column url. Only hosts of more than an eighth of a task's share of the rows
            come to the driver: eight for each task at most.
        rows: of ``wanted``.
        tasks: partitions. per_host: connections to one host at once.
    """
    hosts = wanted.groupBy(host_of_url().alias("host")).agg(count(lit(1)).alias("rows"))
    many = hosts.where((col("host") != "") & (col("rows") * tasks * 8 > rows)).collect()
    lanes = {row["host"]: lanes_of(row["rows"], rows, tasks, per_host) for row in many}
    return HostDeal(tasks, dict(sorted(lanes.items())), _keys(wanted.sparkSession, tasks))


def _keys(spark: SparkSession, tasks: int) -> tuple[int, ...]:
    """Find a number for each partition: Spark deals out by its own hash of what it is given."""
    tried = spark.range(tasks * _KEYS_TRIED)
    place = pmod(hash_of("id"), lit(tasks)).alias("place")
    found: list[Any] = tried.groupBy(place).agg(least("id").alias("key")).collect()
    return tuple(row["key"] for row in sorted(found, key=lambda row: int(row["place"])))

"""Sizes of image clusters before balance and in each tier."""

from collections import defaultdict

from pyspark.sql import DataFrame
from pyspark.sql.functions import col, count, lit, percentile_approx, row_number
from pyspark.sql.functions import sum as sum_of
from pyspark.sql.window import Window

from jobs.published import Published
from realsyn_lib.report.content import ClusterSizes
from realsyn_lib.tables import IMAGE_CLUSTERS, SAMPLES

_LARGEST = 60


def cluster_sizes(published: Published) -> tuple[ClusterSizes, ...]:
    """Return the sizes of all clusters first, then those of each tier by name."""
    if not (published.has(IMAGE_CLUSTERS) and published.has(SAMPLES)):
        return ()
    before = published.read(IMAGE_CLUSTERS).select(
        lit(None).cast("string").alias("tier"), "cluster_id"
    )
    rows = before.unionAll(published.read(SAMPLES).select("tier", "cluster_id"))
    sizes = rows.groupBy("tier", "cluster_id").agg(count(lit(1)).alias("size"))
    largest = _largest(sizes)
    figures = sizes.groupBy("tier").agg(
        sum_of("size").alias("rows"),
        count(lit(1)).alias("clusters"),
        percentile_approx("size", 0.5).alias("median"),
    )
    return tuple(
        ClusterSizes(row.tier, row.rows, row.clusters, row.median, tuple(largest[row.tier]))
        for row in figures.orderBy(col("tier").asc_nulls_first()).collect()
    )


def _largest(sizes: DataFrame) -> dict[str | None, list[int]]:
    """Sizes of the first few clusters of each tier, largest first."""
    order = Window.partitionBy("tier").orderBy(col("size").desc(), "cluster_id")
    first = sizes.withColumn("place", row_number().over(order)).where(col("place") <= _LARGEST)
    found: dict[str | None, list[int]] = defaultdict(list)
    for row in sorted(first.collect(), key=lambda row: row.place):
        found[row.tier].append(row.size)
    return found

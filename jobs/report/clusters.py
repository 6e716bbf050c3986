"""Sizes of image clusters before balance and in each tier."""

from pyspark.sql import DataFrame
from pyspark.sql.functions import col, count, lit, percentile_approx
from pyspark.sql.functions import sum as sum_of

from jobs.published import Published
from realsyn_lib.report.content import ClusterSizes
from realsyn_lib.tables import IMAGE_CLUSTERS, SAMPLES

_LARGEST = 60


def cluster_sizes(published: Published) -> tuple[ClusterSizes, ...]:
    """Return the sizes of all clusters first, then those of each tier by name."""
    if not (published.has(IMAGE_CLUSTERS) and published.has(SAMPLES)):
        return ()
    samples = published.read(SAMPLES)
    tiers = sorted(row["tier"] for row in samples.select("tier").distinct().collect())
    before = published.read(IMAGE_CLUSTERS)
    drawn = [_sizes(tier, samples.where(col("tier") == tier)) for tier in tiers]
    return (_sizes(None, before), *drawn)


def _sizes(tier: str | None, rows: DataFrame) -> ClusterSizes:
    sizes = rows.groupBy("cluster_id").agg(count(lit(1)).alias("size"))
    figures = sizes.agg(
        sum_of("size").alias("rows"),
        count(lit(1)).alias("clusters"),
        percentile_approx("size", 0.5).alias("median"),
    ).collect()[0]
    largest = sizes.orderBy(col("size").desc(), "cluster_id").limit(_LARGEST).collect()
    return ClusterSizes(
        tier,
        figures["rows"] or 0,
        figures["clusters"],
        figures["median"] or 0,
        tuple(row["size"] for row in largest),
    )

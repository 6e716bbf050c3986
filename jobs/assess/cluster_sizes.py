"""How cluster sizes fall off before and after balance; RealSyn's figure 9."""

from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql.functions import col, concat, count, lit
from pyspark.sql.functions import sum as sum_of
from pyspark.sql.window import Window

from jobs.fit_sample import hash_sample
from realsyn_lib.assess.size_steps import size_steps

MEASURE = "cluster_sizes_"


def cluster_size_rows(clusters: DataFrame, samples: DataFrame, rows: int, seed: int) -> DataFrame:
    """Return how many clusters have at least so many rows, as rows of ``assessments``.

    Measures: ``cluster_sizes_all`` of (cluster_id, image_id) ``clusters``, ``cluster_sizes_NAME`` of
    each tier of ``samples``, and ``cluster_sizes_NAME_random`` of as many rows drawn by hash from
    all. Labels: the least size.
    """
    sizes = [(row["tier"], row["count"]) for row in samples.groupBy("tier").count().collect()]
    drawn = [
        hash_sample(clusters, rows, size, seed, "image_id").select(
            lit(f"tier_{tier}_random").alias("name"), "cluster_id"
        )
        for tier, size in sorted(sizes)
    ]
    tiers = samples.select(concat(lit("tier_"), "tier").alias("name"), "cluster_id")
    named = [clusters.select(lit("all").alias("name"), "cluster_id"), tiers, *drawn]
    return curve_rows(reduce(DataFrame.union, named))


def curve_rows(members: DataFrame) -> DataFrame:
    """Return rows of ``assessments`` for (name, cluster_id), one row a member of a cluster."""
    sizes = members.groupBy("name", "cluster_id").agg(count(lit(1)).alias("size"))
    counted = sizes.groupBy("name", "size").agg(count(lit(1)).alias("clusters"))
    steps = ", ".join(map(str, size_steps()))
    step = f"element_at(filter(array({steps}), step -> step <= size), -1)"
    ends = f"array(struct({step} AS step, clusters), struct(1 AS step, 0L AS clusters))"
    stepped = counted.selectExpr("name", f"inline({ends})")  # a curve begins at one row
    by_step = stepped.groupBy("name", "step").agg(sum_of("clusters").alias("clusters"))
    at_least = Window.partitionBy("name").orderBy(col("step").desc())  # at most 250 rows a name
    return by_step.select(
        concat(lit(MEASURE), "name").alias("measure"),
        col("step").cast("string").alias("label"),
        sum_of("clusters").over(at_least).cast("double").alias("value"),
    )

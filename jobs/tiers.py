"""Tiers: rows by hash rank, at most a cap of each cluster, or exactly so many in all."""

from functools import reduce

import numpy as np
from pyspark.sql import DataFrame, Window
from pyspark.sql.functions import col, count, expr, lit, row_number

from jobs.stage import Stage
from realsyn_lib.balance import Quota, hash_rank_sql, rows_at, solve_cap
from realsyn_lib.config import Tier


def draw_tiers(stage: Stage, clusters: DataFrame) -> DataFrame:
    """Return tier, image_id, cluster_id of every tier of the settings.

    All tiers cut the same order, so a smaller one lies inside a larger one.
    """
    settings = stage.conf.balance
    order = expr(hash_rank_sql(settings.seed, "image_id"))
    ranked = clusters.withColumn("rank", order).withColumn(
        "place",
        row_number().over(Window.partitionBy("cluster_id").orderBy("rank", "image_id")),
    )
    sizes, counts = _sizes(clusters)
    tiers = []
    for name, tier in sorted(settings.tiers.items()):
        quota = _quota(tier, sizes, counts)
        stage.metrics |= {
            f"tier.{name}.cap": float(quota.cap),
            f"tier.{name}.rows": float(quota.rows),
        }
        tiers.append(_drawn(ranked, quota).withColumn("tier", lit(name)))
    return reduce(DataFrame.unionByName, tiers).select("tier", "image_id", "cluster_id")


def _sizes(clusters: DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Cluster sizes and how many clusters have each: few numbers, whatever the data's size."""
    by_cluster = clusters.groupBy("cluster_id").agg(count(lit(1)).alias("size"))
    rows = by_cluster.groupBy("size").agg(count(lit(1)).alias("clusters")).collect()
    sizes = np.array([row["size"] for row in rows], dtype=np.int64)
    return sizes, np.array([row["clusters"] for row in rows], dtype=np.int64)


def _quota(tier: Tier, sizes: np.ndarray, counts: np.ndarray) -> Quota:
    if tier.cap is not None:
        return Quota(tier.cap, 0, rows_at(sizes, counts, tier.cap))
    return solve_cap(sizes, counts, int(tier.rows or 0))


def _drawn(ranked: DataFrame, quota: Quota) -> DataFrame:
    """Rows up to the cap, and of the next layer the ``leftover`` smallest hash ranks."""
    whole = ranked.where(col("place") <= quota.cap)
    if not quota.leftover:
        return whole
    layer = ranked.where(col("place") == quota.cap + 1)
    return whole.union(layer.orderBy("rank", "image_id").limit(quota.leftover))

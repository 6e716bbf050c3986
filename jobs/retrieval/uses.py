"""No sentence for more than so many images: those nearest to it keep it, the others get their next best."""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql.functions import col, count, greatest, lit, row_number

DEPTH = 2  # sentences looked up for each one wanted, from which replacements are taken


def with_few_uses(found: DataFrame, top_k: int, max_uses: int) -> DataFrame:
    """Keep at most ``top_k`` sentences of an image and at most ``max_uses`` images of a sentence.

    First each sentence chooses among the images that have it in their first ``top_k``. Then images
    that lost one are offered their further sentences, where those are not yet used up. Of equal
    cosines the smaller id comes first.

    Args:
        found: image_id, sentence_id, rank, cosine and more, stored: ``DEPTH * top_k`` rows an image.
        top_k: sentences wanted of an image.
        max_uses: images of a sentence at most.

    Returns:
        The rows that are left, ranks counted anew.
    """
    first = _nearest(found.where(col("rank") <= top_k), lit(max_uses))
    used = first.groupBy("sentence_id").agg(count(lit(1)).alias("used"))
    had = first.groupBy("image_id").agg(count(lit(1)).alias("had"))
    more = found.where(col("rank") > top_k).join(had, "image_id", "left")
    more = more.where(col("had").isNull() | (col("had") < top_k)).drop("had")
    more = more.join(used, "sentence_id", "left").fillna(0, ["used"])
    more = _nearest(more, greatest(lit(0), lit(max_uses) - col("used"))).drop("used")
    both = first.unionByName(more)
    place = row_number().over(Window.partitionBy("image_id").orderBy("rank"))
    ranked = both.withColumn("rank", place)
    return ranked.where(col("rank") <= top_k).select(*found.columns)


def _nearest(rows: DataFrame, room: Column) -> DataFrame:
    """Keep of each sentence the rows of the nearest images, as many as there is room for."""
    nearest_first = Window.partitionBy("sentence_id").orderBy(col("cosine").desc(), "image_id")
    placed = rows.withColumn("place", row_number().over(nearest_first))
    return placed.where(col("place") <= room).drop("place")

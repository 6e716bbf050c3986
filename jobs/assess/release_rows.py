"""What only a warehouse has: sizes of its tables and tiers, its cosines, its alternative texts."""

from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql.functions import broadcast, col, lit

from jobs.assess.measures import count_by, count_rows
from jobs.stage import Stage
from realsyn_lib.tables import IMAGE_EMBEDDINGS, IMAGES, PAIRS, RETRIEVED_TEXTS, SAMPLES

ALT_TEXT = "alt_text"


def sizes(stage: Stage) -> DataFrame:
    """Return the kept rows of what a release is made of, and the rows of each tier."""
    rows = count_by(stage.read(SAMPLES), "tier_rows", "tier")
    for table in (IMAGES, IMAGE_EMBEDDINGS, PAIRS):
        rows = rows.union(count_rows(stage.kept(table), "count", table.name))
    return rows.union(count_rows(stage.read(RETRIEVED_TEXTS), "count", RETRIEVED_TEXTS.name))


def cosines(pairs: DataFrame, retrieved: DataFrame) -> DataFrame:
    """Return measure, value: cosines of images with their synthetic and their closest sentence."""
    found = retrieved.where(col("rank") == 1)
    parts = (
        pairs.select(lit("cosine_syn").alias("measure"), col("cosine_syn").alias("value")),
        found.select(lit("cosine_text1").alias("measure"), col("cosine").alias("value")),
    )
    return reduce(DataFrame.union, parts)


def alt_texts(images: DataFrame, sample: DataFrame) -> DataFrame:
    """Return image_id, kind, text: what pages say of the images of some pairs.

    The sample's ids go to every task: so many ids as assess.sample_rows, 8 bytes each.
    """
    wanted = broadcast(sample.select("image_id"))
    found = images.select("image_id", lit(ALT_TEXT).alias("kind"), col("alt_text").alias("text"))
    return found.where(col("text") != "").join(wanted, "image_id", "left_semi")

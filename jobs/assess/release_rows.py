"""What only a warehouse has: sizes of its tables and tiers, its cosines, its alternative texts."""

from pyspark.sql import DataFrame
from pyspark.sql.functions import broadcast, col, lit

from jobs.assess.measures import counts, labelled, values_on
from jobs.stage import Stage
from realsyn_lib.assess.axes import COSINES
from realsyn_lib.tables import IMAGE_EMBEDDINGS, IMAGES, PAIRS, RETRIEVED_TEXTS, SAMPLES

ALT_TEXT = "alt_text"


def sizes(stage: Stage) -> DataFrame:
    """Return the kept rows of what a release is made of, and the rows of each tier."""
    kept = {table.name: stage.kept(table) for table in (IMAGES, IMAGE_EMBEDDINGS, PAIRS)}
    kept[RETRIEVED_TEXTS.name] = stage.read(RETRIEVED_TEXTS)
    rows = [labelled(frame, "count", lit(name)) for name, frame in kept.items()]
    return counts([labelled(stage.read(SAMPLES), "tier_rows", col("tier")), *rows])


def cosines(pairs: DataFrame, retrieved: DataFrame) -> list[DataFrame]:
    """Return the cosines of images with their synthetic text and their closest sentence."""
    found = retrieved.where(col("rank") == 1)
    return [
        values_on(COSINES, pairs, lit("syn"), col("cosine_syn")),
        values_on(COSINES, found, lit("text1"), col("cosine")),
    ]


def alt_texts(images: DataFrame, sample: DataFrame) -> DataFrame:
    """Return image_id, kind, text: what pages say of the images of some pairs.

    The sample's ids go to every task: so many ids as assess.sample_rows, 8 bytes each.
    """
    wanted = broadcast(sample.select("image_id"))
    found = images.select("image_id", lit(ALT_TEXT).alias("kind"), col("alt_text").alias("text"))
    return found.where(col("text") != "").join(wanted, "image_id", "left_semi")

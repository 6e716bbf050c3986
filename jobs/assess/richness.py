"""How long and how dense texts are, from what ``measure_texts`` found in them."""

from pyspark.sql import DataFrame
from pyspark.sql.functions import avg, col, least, lit, when

from jobs.assess.measures import values_on
from realsyn_lib.assess.axes import DENSITIES, TOKENS
from udfs.measure_texts import CLIP_CONTEXT


def lengths(measured: DataFrame) -> DataFrame:
    """Return the CLIP tokens of each text, cut at CLIP's context, as values on their axis."""
    return values_on(TOKENS, measured, col("kind"), least(col("tokens"), lit(CLIP_CONTEXT)))


def densities(measured: DataFrame) -> DataFrame:
    """Return nouns, verbs and adjectives over all words of each text, as values on their axis.

    DanQing's semantic word density, arXiv 2601.10305.
    """
    return values_on(DENSITIES, measured, col("kind"), col("density"))


def cut_rows(measured: DataFrame) -> DataFrame:
    """Return the share of the texts of each kind that CLIP does not read to their end."""
    is_cut = when(col("tokens") > CLIP_CONTEXT, 1.0).otherwise(0.0)
    shares = measured.groupBy(col("kind").alias("label")).agg(avg(is_cut).alias("value"))
    return shares.select(lit("cut_share").alias("measure"), "label", "value")

"""How long and how dense texts are: rows of ``assessments`` from what ``measure_texts`` found."""

from pyspark.sql import DataFrame
from pyspark.sql.functions import avg, col, concat, least, lit, when

from jobs.assess.measures import distribution
from realsyn_lib.assess.axes import DENSITIES, TOKENS
from udfs.measure_texts import CLIP_CONTEXT


def token_rows(measured: DataFrame, bins: int) -> DataFrame:
    """Return histograms and summaries of CLIP tokens, cut at CLIP's context, for each kind of text."""
    read = least(col("tokens"), lit(CLIP_CONTEXT)).cast("double")
    values = measured.select(
        concat(lit(TOKENS.prefix), "kind").alias("measure"), read.alias("value")
    )
    return distribution(values, TOKENS.bins(bins))


def cut_rows(measured: DataFrame) -> DataFrame:
    """Return the share of the texts of each kind that CLIP does not read to their end."""
    is_cut = when(col("tokens") > CLIP_CONTEXT, 1.0).otherwise(0.0)
    shares = measured.groupBy(col("kind").alias("label")).agg(avg(is_cut).alias("value"))
    return shares.select(lit("cut_share").alias("measure"), "label", "value")


def density_rows(measured: DataFrame, bins: int) -> DataFrame:
    """Return histograms and summaries of nouns, verbs and adjectives over all words.

    DanQing's semantic word density, arXiv 2601.10305.
    """
    values = measured.select(
        concat(lit(DENSITIES.prefix), "kind").alias("measure"),
        col("density").cast("double").alias("value"),
    )
    return distribution(values, DENSITIES.bins(bins))

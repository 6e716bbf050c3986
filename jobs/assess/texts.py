"""The texts of pairs, one a row, and their words."""

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql.functions import col, count_distinct, explode, lit, lower, regexp_extract_all

from realsyn_lib.sentences.patterns import WORD_PATTERN_JAVA


def texts_of(pairs: DataFrame, kinds: Sequence[str]) -> DataFrame:
    """Return image_id, kind, text: each text of (image_id, one column a kind) on a row of its own."""
    stacked = ", ".join(f"'{kind}', `{kind}`" for kind in kinds)
    rows = pairs.selectExpr("image_id", f"stack({len(kinds)}, {stacked}) AS (kind, text)")
    return rows.where(col("text") != "")


def words_of(text: Column) -> Column:
    """Return a text's words in lower case, cut as the rules on sentences cut them."""
    return regexp_extract_all(lower(text), lit(WORD_PATTERN_JAVA), lit(0))


def distinct_words(texts: DataFrame) -> DataFrame:
    """Return how many different words each kind of text has, as rows of ``assessments``."""
    words = texts.select("kind", explode(words_of(col("text"))).alias("word"))
    counted = words.groupBy("kind").agg(count_distinct("word").cast("double").alias("value"))
    return counted.select(
        lit("distinct_words").alias("measure"), col("kind").alias("label"), "value"
    )

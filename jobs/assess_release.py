"""pairs, samples, images, image_embeddings, retrieved_texts -> assessments, report.html."""

from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql.functions import col, count, expr, lit
from pyspark.sql.functions import sum as sum_of

from jobs.fit_sample import hash_sample
from jobs.runtime import stage_main
from jobs.stage import Stage
from realsyn_lib.assess.histograms import Bins
from realsyn_lib.tables import (
    ASSESSMENTS,
    IMAGE_EMBEDDINGS,
    IMAGES,
    PAIRS,
    RETRIEVED_TEXTS,
    SAMPLES,
)
from udfs.clip_tokens import TOKENS_DDL, count_clip_tokens
from udfs.count_words import count_words

_TOKENS = (0.0, 80.0)
_COSINES = (-0.2, 1.0)
_TEXTS = ("text1", "syn_text")


def histogram(values: DataFrame, bins: Bins) -> DataFrame:
    """Return measure, label, value: rows of (measure, value) in each bin that has any."""
    labels = ", ".join(f"'{label}'" for label in bins.labels())
    numbered = values.where(col("value").isNotNull()).selectExpr(
        "measure", f"element_at(array({labels}), {bins.sql('value')} + 1) AS label"
    )
    return numbered.groupBy("measure", "label").agg(count(lit(1)).cast("double").alias("value"))


def summary(values: DataFrame) -> DataFrame:
    """Return mean and quantiles of each measure, as measure_summary rows."""
    figures = values.groupBy("measure").agg(
        expr("avg(value)").alias("mean"),
        expr("percentile_approx(value, 0.05)").cast("double").alias("p05"),
        expr("percentile_approx(value, 0.5)").cast("double").alias("p50"),
        expr("percentile_approx(value, 0.95)").cast("double").alias("p95"),
    )
    return figures.selectExpr(
        "concat(measure, '_summary') AS measure",
        "stack(4, 'mean', mean, 'p05', p05, 'p50', p50, 'p95', p95) AS (label, value)",
    )


def sizes(stage: Stage) -> DataFrame:
    """Return the kept rows of what a release is made of, and the rows of each tier."""
    tiers = stage.read(SAMPLES).groupBy(col("tier").alias("label")).count()
    rows = tiers.selectExpr("'tier_rows' AS measure", "label", "CAST(count AS DOUBLE) AS value")
    for table in (IMAGES, IMAGE_EMBEDDINGS, PAIRS):
        rows = rows.union(_count(stage.kept(table), table.name))
    return rows.union(_count(stage.read(RETRIEVED_TEXTS), RETRIEVED_TEXTS.name))


def texts_of(pairs: DataFrame) -> DataFrame:
    """Return measure, text: each of the assessed texts on a row of its own."""
    stacked = ", ".join(f"'{name}', {name}" for name in _TEXTS)
    rows = pairs.selectExpr(f"stack({len(_TEXTS)}, {stacked}) AS (measure, text)")
    return rows.where(col("text").isNotNull())


def distinct_words(texts: DataFrame) -> DataFrame:
    """Return how many different words each kind of text has."""
    counted = []
    for name in _TEXTS:
        of_kind = texts.where(col("measure") == name).select("text")
        words = of_kind.mapInArrow(count_words(), "word string, occurrence_count bigint")
        unique = words.groupBy("word").agg(sum_of("occurrence_count"))
        counted.append(_count(unique, name).withColumn("measure", lit("distinct_words")))
    return reduce(DataFrame.union, counted)


def run(stage: Stage) -> None:
    """Count everything in the cluster, write, draw the report."""
    settings = stage.conf.assess
    pairs = stage.kept(PAIRS)
    rows = pairs.count()

    def build() -> DataFrame:
        sample = hash_sample(pairs, rows, settings.sample_rows, settings.seed, key="image_id")
        texts = texts_of(sample)
        tokens = stage.scratch("tokens", texts.mapInArrow(count_clip_tokens(), TOKENS_DDL))
        lengths = tokens.selectExpr(
            "concat('tokens_', measure) AS measure", "CAST(tokens AS DOUBLE) AS value"
        )
        found = stage.read(RETRIEVED_TEXTS).where(col("rank") == 1)
        cosines = pairs.selectExpr("'cosine_syn' AS measure", "cosine_syn AS value").union(
            found.selectExpr("'cosine_text1' AS measure", "cosine AS value")
        )
        parts = (
            sizes(stage),
            histogram(lengths, Bins(*_TOKENS, settings.bins)),
            summary(lengths),
            histogram(cosines, Bins(*_COSINES, settings.bins)),
            summary(cosines),
            distinct_words(texts),
        )
        return reduce(DataFrame.unionByName, parts).coalesce(1)

    stage.write(ASSESSMENTS, build)
    stage.account("pair", rows, {None: rows})


def _count(frame: DataFrame, label: str) -> DataFrame:
    counted = frame.agg(count(lit(1)).cast("double").alias("value"))
    return counted.selectExpr("'count' AS measure", f"'{label}' AS label", "value")


def main() -> None:
    """spark-submit jobs/assess_release.py --env emr --warehouse s3://bucket/warehouse"""
    stage_main("assess_release")


if __name__ == "__main__":
    main()

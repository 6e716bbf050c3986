"""Numbers as rows of ``assessments``: histograms, summaries, counts."""

from pyspark.sql import DataFrame
from pyspark.sql.functions import col, count, expr, lit

from realsyn_lib.assess.histograms import Bins


def histogram(values: DataFrame, bins: Bins) -> DataFrame:
    """Return measure, label, value: rows of (measure, value) in each bin that has any."""
    labels = ", ".join(f"'{label}'" for label in bins.labels())
    numbered = values.where(col("value").isNotNull()).selectExpr(
        "measure", f"element_at(array({labels}), {bins.sql('value')} + 1) AS label"
    )
    return numbered.groupBy("measure", "label").agg(count(lit(1)).cast("double").alias("value"))


def summary(values: DataFrame) -> DataFrame:
    """Return mean and quantiles of each measure, as measure_summary rows."""
    figures = values.where(col("value").isNotNull()).groupBy("measure")
    quantiles = figures.agg(
        expr("avg(value)").alias("mean"),
        expr("percentile_approx(value, 0.05)").cast("double").alias("p05"),
        expr("percentile_approx(value, 0.5)").cast("double").alias("p50"),
        expr("percentile_approx(value, 0.95)").cast("double").alias("p95"),
    )
    return quantiles.selectExpr(
        "concat(measure, '_summary') AS measure",
        "stack(4, 'mean', mean, 'p05', p05, 'p50', p50, 'p95', p95) AS (label, value)",
    )


def distribution(values: DataFrame, bins: Bins) -> DataFrame:
    """Return histogram and summary of (measure, value)."""
    return histogram(values, bins).union(summary(values))


def count_rows(frame: DataFrame, measure: str, label: str) -> DataFrame:
    """Return one row that says how many rows a frame has."""
    counted = frame.agg(count(lit(1)).cast("double").alias("value"))
    return counted.select(lit(measure).alias("measure"), lit(label).alias("label"), "value")


def count_by(frame: DataFrame, measure: str, label: str) -> DataFrame:
    """Return how many rows of a frame have each value of the column ``label``."""
    counted = frame.groupBy(col(label).alias("label")).agg(count(lit(1)).alias("rows"))
    return counted.select(
        lit(measure).alias("measure"), "label", col("rows").cast("double").alias("value")
    )

"""Numbers as rows of ``assessments``: histograms, summaries, counts."""

from collections.abc import Sequence
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql.functions import col, concat, count, expr, lit, when

from realsyn_lib.assess.axes import Axis
from realsyn_lib.assess.histograms import Bins


def values_on(axis: Axis, frame: DataFrame, kind: Column, value: Column) -> DataFrame:
    """Return axis, measure, value: numbers to be drawn on an axis; ``kind`` ends the measure's name."""
    measure = concat(lit(axis.prefix), kind)
    return frame.select(
        lit(axis.prefix).alias("axis"),
        measure.alias("measure"),
        value.cast("double").alias("value"),
    )


def distributions(values: Sequence[DataFrame], axes: Sequence[Axis], bins: int) -> DataFrame:
    """Return histograms and summaries of frames of (axis, measure, value), in two aggregations."""
    whole = reduce(DataFrame.union, values).where(col("value").isNotNull())
    return histogram(whole, {axis.prefix: axis.bins(bins) for axis in axes}).union(summary(whole))


def histogram(values: DataFrame, bins: dict[str, Bins]) -> DataFrame:
    """Return measure, label, value: rows of (axis, measure, value) in each bin that has any.

    ``bins``: those of each axis. Numbers beyond an axis go to its end bins.
    """
    label = reduce(
        lambda other, axis: when(col("axis") == axis, expr(_label_sql(bins[axis]))).otherwise(
            other
        ),
        bins,
        lit(None).cast("string"),
    )
    labelled = values.select("measure", label.alias("label"))
    return labelled.groupBy("measure", "label").agg(count(lit(1)).cast("double").alias("value"))


def _label_sql(bins: Bins) -> str:
    labels = ", ".join(f"'{label}'" for label in bins.labels())
    return f"element_at(array({labels}), {bins.sql('value')} + 1)"


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


def labelled(frame: DataFrame, measure: str, label: Column) -> DataFrame:
    """Return measure and label of each row, to be counted by ``counts``."""
    return frame.select(lit(measure).alias("measure"), label.alias("label"))


def counts(rows: Sequence[DataFrame]) -> DataFrame:
    """Return how many rows of some frames of (measure, label) are alike, in one aggregation."""
    whole = reduce(DataFrame.union, rows).groupBy("measure", "label")
    return whole.agg(count(lit(1)).cast("double").alias("value"))

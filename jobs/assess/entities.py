"""How many different entities texts name, and how many of them two kinds of text share."""

from pyspark.sql import DataFrame
from pyspark.sql.functions import array_sort, col, collect_set, count, explode, expr, lit

_PAIRS = (
    "flatten(transform(kinds, (one, at) -> transform(slice(kinds, at + 2, size(kinds)), "
    "other -> concat(one, '+', other))))"
)


def entity_rows(entities: DataFrame) -> DataFrame:
    """Return ``distinct_entities`` of each kind and ``shared_entities`` of each two of (kind, entity).

    The label of two kinds is both, in the order of the alphabet, with a plus between them. One
    shuffle of the distinct rows; RealSyn, section 5.1, draws the counts as circles.
    """
    held = entities.groupBy("entity").agg(array_sort(collect_set("kind")).alias("kinds"))
    sets = held.groupBy("kinds").agg(count(lit(1)).cast("double").alias("rows"))
    one = sets.select(
        lit("distinct_entities").alias("measure"), explode("kinds").alias("label"), "rows"
    )
    two = sets.select(
        lit("shared_entities").alias("measure"), explode(expr(_PAIRS)).alias("label"), "rows"
    )
    summed = one.union(two).groupBy("measure", "label").agg(expr("sum(rows)").alias("value"))
    return summed.where(col("value") > 0)


def entities_of(measured: DataFrame) -> DataFrame:
    """Return kind, entity of what ``measure_texts`` found."""
    return measured.select("kind", explode("entities").alias("entity"))

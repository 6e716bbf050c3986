"""How unevenly rows fall into groups: clusters, uses of a sentence, duplicates, occurrences."""

from collections.abc import Iterator
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql.functions import col, count, lit, percentile_approx
from pyspark.sql.functions import max as max_of
from pyspark.sql.functions import sum as sum_of

from jobs.published import Published
from realsyn_lib.report.content import Skew
from realsyn_lib.tables import (
    IMAGE_CENTROIDS,
    IMAGE_DUPLICATES,
    IMAGES,
    RETRIEVED_TEXTS,
    SENTENCE_CENTROIDS,
    SENTENCE_DUPLICATES,
    SENTENCES,
)

# What the groups are of: a table with a column of sizes, or one that is counted by some columns.
_SIZED = (
    ("places where one image is found", IMAGES, "occurrence_count"),
    ("places where one sentence is found", SENTENCES, "occurrence_count"),
    ("sentences of a cluster", SENTENCE_CENTROIDS, "size"),
    ("images of a cluster", IMAGE_CENTROIDS, "size"),
)
_COUNTED = (
    ("duplicates of one image", IMAGE_DUPLICATES, ("kind", "component_id")),
    ("duplicates of one sentence", SENTENCE_DUPLICATES, ("kind", "component_id")),
    ("images that are given one sentence", RETRIEVED_TEXTS, ("sentence_id",)),
)


def skews(published: Published) -> tuple[Skew, ...]:
    """Return the sizes of all groups whose tables are published, worked out in one job."""
    sizes = list(_sizes(published))
    if not sizes:
        return ()
    figures = reduce(DataFrame.unionAll, sizes).groupBy("place").agg(
        count(lit(1)).alias("groups"),
        sum_of("size").alias("rows"),
        percentile_approx("size", [0.5, 0.99]).alias("middle"),
        max_of("size").alias("largest"),
    )  # fmt: skip
    names = [name for name, *_ in (*_SIZED, *_COUNTED)]
    return tuple(
        Skew(names[row.place], row.groups, row.rows, row.middle[0], row.middle[1], row.largest)
        for row in figures.orderBy("place").collect()
    )


def _sizes(published: Published) -> Iterator[DataFrame]:
    for place, (_name, table, size) in enumerate(_SIZED):
        if published.has(table):
            yield published.read(table).select(lit(place).alias("place"), col(size).alias("size"))
    for place, (_name, table, keys) in enumerate(_COUNTED, len(_SIZED)):
        if published.has(table):
            grouped = published.read(table).groupBy(*keys).agg(count(lit(1)).alias("size"))
            yield grouped.select(lit(place).alias("place"), "size")

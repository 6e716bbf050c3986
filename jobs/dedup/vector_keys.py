"""Vectors -> their keys, and one row of each vector."""

from pyspark.sql import DataFrame
from pyspark.sql.functions import col, count
from pyspark.sql.functions import min as min_of

from jobs.stage import Stage
from udfs.sound_vectors import sound_vectors

KEY = ["one", "other"]


def keyed(vectors: DataFrame) -> DataFrame:
    """Return id, embedding, one, other of the sound vectors: the key is 128 bits of hash."""
    sound = vectors.select("id", "embedding").mapInArrow(
        sound_vectors, "id bigint, embedding binary"
    )
    return sound.selectExpr(
        "id", "embedding", "xxhash64(embedding) AS one", "xxhash64(1, embedding) AS other"
    )


def distinct_vectors(stage: Stage, rows: DataFrame) -> tuple[DataFrame, DataFrame]:
    """Return a row of each vector, that of the smallest id, and the edges of the others to it.

    Else a vector that is stored very often would be a cell that nothing cuts.

    Args:
        stage: the attempt, for its working files.
        rows: id, embedding, one, other, out of a working file.
    """
    by_key = rows.groupBy(KEY).agg(min_of("id").alias("dst"), count("id").alias("rows"))
    repeated = stage.scratch("equal_keys", by_key.where("rows > 1").drop("rows"))
    edges = rows.join(repeated, KEY).where("id != dst").selectExpr("id AS src", "dst")
    if repeated.isEmpty():
        return rows, edges.where("false")
    equal = stage.scratch("equal_vectors", edges)
    distinct = rows.join(equal, col("id") == col("src"), "left_anti")
    return stage.scratch("distinct_vectors", distinct), equal

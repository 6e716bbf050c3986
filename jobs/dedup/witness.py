"""Pairs that their hashes alone do not prove, and vectors -> the pairs whose vectors agree."""

from pyspark.sql import DataFrame
from pyspark.sql.functions import col

from udfs.pair_cosines import pair_cosines
from udfs.sound_vectors import sound_vectors


def confirmed(pairs: DataFrame, vectors: DataFrame, max_cosine_distance: float) -> DataFrame:
    """Return src, dst of the pairs whose vectors are at most so far apart.

    Args:
        pairs: src, dst.
        vectors: id, embedding; a pair with an end that has none, or none of unit norm, is not confirmed.
        max_cosine_distance: 1 - cosine, the bound included.
    """
    sound = vectors.select("id", "embedding").mapInArrow(
        sound_vectors, "id bigint, embedding binary"
    )
    left, right = (
        sound.select(col("id").alias(end), col("embedding").alias(f"{end}_vector"))
        for end in ("src", "dst")
    )
    met = pairs.join(left, "src").join(right, "dst")
    asked = met.select("src", "dst", "src_vector", "dst_vector")
    compared = asked.mapInArrow(
        pair_cosines("src_vector", "dst_vector", "cosine"), "src bigint, dst bigint, cosine float"
    )
    return compared.where(col("cosine") >= 1 - max_cosine_distance).select("src", "dst")

"""How centroids are fitted, and on which rows."""

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr, lit

from realsyn_lib.embeddings import CENTROID_TYPE, Vectors, vectors_of
from realsyn_lib.hashing import xxhash64_sql
from udfs.fit_centroids import CENTROIDS_DDL, fit_centroids_of

RANKS = 2**63  # the hash is cut to this range, so that a share of it is a share of the rows


@dataclass(frozen=True)
class FitSettings:
    """How centroids are fitted.

    ``sample_per_centroid``: rows of the fit for each. ``iterations``: rounds at most inside a
    group. ``refinements``: rounds over all groups after that. ``beam``: groups a row looks into.
    """

    sample_per_centroid: int
    iterations: int
    refinements: int
    beam: int
    seed: int


def hash_sample(frame: DataFrame, rows: int, wanted: int, seed: int, key: str = "id") -> DataFrame:
    """Return about ``wanted`` of ``rows`` rows: those of small hash, the same on any cluster."""
    if wanted >= rows:
        return frame
    below = int(RANKS * (wanted / rows))
    return frame.where(expr(f"{rank_sql(seed, key)} < {below}L"))


def rank_sql(seed: int, key: str = "id") -> str:
    """Return the Spark SQL expression of a row's rank by hash, from 0 to below ``RANKS``."""
    return f"({xxhash64_sql(seed, key)} & {RANKS - 1}L)"


def fit_on_sample(
    vectors: DataFrame, rows: int, k: int, *, sample_per_centroid: int, iterations: int, seed: int
) -> DataFrame:
    """Fit at most ``k`` centroids on (id, embedding), in one task: cluster_id, centroid.

    The sample is that task's memory: ``k * sample_per_centroid`` vectors.
    """
    sample = hash_sample(vectors.select("id", "embedding"), rows, k * sample_per_centroid, seed)
    fit = fit_centroids_of(k, seed, iterations)
    return sample.withColumn("group", lit(0)).groupBy("group").applyInArrow(fit, CENTROIDS_DDL)


def fitted_vectors(fitted: DataFrame) -> Vectors:
    """Return the centroids of (cluster_id, centroid), (k, width), in the order of their ids."""
    found = fitted.toArrow().sort_by("cluster_id")
    return vectors_of(found["centroid"], dtype=CENTROID_TYPE)

"""k-means on a hash-ranked sample, in one task of the cluster, and its index file."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from pyspark.sql import DataFrame
from pyspark.sql.functions import count, expr, lit

from jobs.stage import Stage
from realsyn_lib.embeddings import CENTROID_TYPE, vectors_of
from realsyn_lib.files import write_bytes
from realsyn_lib.hashing import xxhash64_sql
from realsyn_lib.retrieval.centroids import IndexFile, write_index
from udfs.fit_centroids import CENTROIDS_DDL, fit_centroids_of
from udfs.nearest_cluster import nearest_cluster

_RANKS = 2**63  # the hash is cut to this range, so that a share of it is a share of the rows


def hash_sample(frame: DataFrame, rows: int, wanted: int, seed: int, key: str = "id") -> DataFrame:
    """Return about ``wanted`` of ``rows`` rows: those of small hash, the same on any cluster."""
    if wanted >= rows:
        return frame
    below = int(_RANKS * (wanted / rows))
    return frame.where(expr(f"({xxhash64_sql(seed, key)} & {_RANKS - 1}L) < {below}L"))


def fit_on_sample(
    vectors: DataFrame, rows: int, k: int, *, sample_per_centroid: int, iterations: int, seed: int
) -> DataFrame:
    """Fit at most ``k`` centroids on (id, embedding): cluster_id, centroid.

    The sample is one task's memory: ``k * sample_per_centroid`` vectors.
    """
    sample = hash_sample(vectors.select("id", "embedding"), rows, k * sample_per_centroid, seed)
    fit = fit_centroids_of(k, seed, iterations)
    return sample.withColumn("group", lit(0)).groupBy("group").applyInArrow(fit, CENTROIDS_DDL)


def publish_index(stage: Stage, centroids: DataFrame, *place: str) -> IndexFile:
    """Write the centroids of a table (cluster_id, centroid) as an index file beside the tables.

    The driver holds them once: ``4 * clusters * width`` bytes.
    """
    rows = centroids.select("cluster_id", "centroid").toArrow().sort_by("cluster_id")
    vectors = vectors_of(rows["centroid"], dtype=CENTROID_TYPE)
    with tempfile.TemporaryDirectory() as folder:
        local = write_index(vectors, str(Path(folder) / "centroids.faiss"))
        data = Path(local.path).read_bytes()
    target = stage.files(*place[:-1], f"{place[-1]}-{local.digest[:12]}.faiss")
    write_bytes(target, data)
    return IndexFile(target, local.digest, local.k, local.width)


@dataclass(frozen=True)
class FitSettings:
    """Rows for each centre, rows of the fit for each, rounds at most, seed."""

    rows_per_centroid: int
    sample_per_centroid: int
    iterations: int
    seed: int


def fit_with_sizes(
    stage: Stage, vectors: DataFrame, key: str, rows: int, settings: FitSettings
) -> DataFrame:
    """Fit centroids on (key, embedding) and count the rows nearest to each of them.

    Returns:
        cluster_id, centroid, size: the rows of a table of centroids.
    """
    found = fit_on_sample(
        vectors.withColumnRenamed(key, "id"),
        rows,
        max(1, round(rows / settings.rows_per_centroid)),
        sample_per_centroid=settings.sample_per_centroid,
        iterations=settings.iterations,
        seed=settings.seed,
    )
    fitted = stage.scratch("centroids", found)
    index = publish_index(stage, fitted, "work", stage.spec.name, "fitted")
    placed = vectors.select(key, "embedding").mapInArrow(
        nearest_cluster(index), f"{key} bigint, embedding binary, cluster_id int"
    )
    sizes = placed.groupBy("cluster_id").agg(count(lit(1)).alias("size"))
    return fitted.join(sizes, "cluster_id", "left").fillna(0, ["size"])

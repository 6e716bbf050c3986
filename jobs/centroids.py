"""k-means on a hash-ranked sample, in one level or two, and its index file."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql.functions import count, expr, lit

from jobs.stage import Stage
from realsyn_lib.config import SemanticSettings
from realsyn_lib.embeddings import CENTROID_TYPE, Vectors, vectors_of
from realsyn_lib.files import write_bytes
from realsyn_lib.hashing import xxhash64_sql
from realsyn_lib.retrieval.centroids import IndexFile, small_centroids, write_index
from realsyn_lib.retrieval.levels import LevelIndex, group_count
from udfs.fit_centroids import CELLS_DDL, CENTROIDS_DDL, fit_cells_of, fit_centroids_of
from udfs.nearest_cluster import nearest_cluster

_ROWS_DDL = "id bigint, embedding binary"
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


def fit_levels(
    stage: Stage,
    sample: DataFrame,
    cells: int,
    settings: SemanticSettings,
    name: str,
) -> LevelIndex:
    """Fit about ``cells`` cells on a sample (id, embedding) and publish them in ``indexes``.

    Many cells are fitted in groups: a first level on a part of the sample, then each group in a
    task of its own, with cells in proportion to its rows. A task's memory is its group.
    """
    groups = group_count(cells)
    each = min(settings.sample_per_centroid, settings.rows_per_cluster)
    fit = fit_cells_of(each, settings.seed, settings.iterations)
    if groups == 1:
        grouped = sample.withColumn("group", lit(0))
    else:
        first = fit_on_sample(
            sample,
            cells * each,
            groups,
            sample_per_centroid=each,
            iterations=settings.iterations,
            seed=settings.seed + 1,  # the sample's own hashes under this seed are all small
        )
        tops_found = _vectors(first, "cluster_id")
        tops = small_centroids(tops_found)
        placed = sample.mapInArrow(nearest_cluster(tops), f"{_ROWS_DDL}, cluster_id int")
        grouped = placed.withColumnRenamed("cluster_id", "group")
    found = grouped.groupBy("group").applyInArrow(fit, CELLS_DDL).toArrow()
    found = found.sort_by([("group", "ascending"), ("cell", "ascending")])
    cells_found = vectors_of(found["centroid"], dtype=CENTROID_TYPE)
    if groups == 1:
        tops_found = cells_found[:1]
    starts = np.searchsorted(found["group"].to_numpy(), np.arange(len(tops_found) + 1))
    filled = np.diff(starts) > 0  # a group that no row of the sample is nearest to has no cell
    tops, starts = small_centroids(tops_found[filled]), np.append(starts[:-1][filled], starts[-1])
    index = _published(stage, cells_found, "indexes", name)
    return LevelIndex(tops, index, tuple(starts.tolist()))


def publish_index(stage: Stage, centroids: DataFrame, *place: str) -> IndexFile:
    """Write the centroids of a table (cluster_id, centroid) as an index file beside the tables.

    The driver holds them once: ``4 * clusters * width`` bytes.
    """
    return _published(stage, _vectors(centroids, "cluster_id"), *place)


def _vectors(centroids: DataFrame, number: str) -> Vectors:
    rows = centroids.select(number, "centroid").toArrow().sort_by(number)
    return vectors_of(rows["centroid"], dtype=CENTROID_TYPE)


def _published(stage: Stage, vectors: Vectors, *place: str) -> IndexFile:
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

"""k-means on a hash-ranked sample, in one level or two, and its index file."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql.functions import col, count, expr, lit
from pyspark.sql.functions import max as max_of

from jobs.stage import Stage
from realsyn_lib.embeddings import CENTROID_TYPE, Ids, Vectors, vectors_of
from realsyn_lib.files import write_bytes
from realsyn_lib.hashing import xxhash64_sql
from realsyn_lib.retrieval.centroids import IndexFile, small_centroids, write_index
from realsyn_lib.retrieval.levels import LevelIndex, group_count, level_index, one_level
from udfs.fit_centroids import (
    CELLS_DDL,
    CENTROIDS_DDL,
    IN_GROUPS_DDL,
    fit_cells_of,
    fit_centroids_of,
    place_in_groups,
    refit_cells_of,
)
from udfs.nearest_cluster import nearest_cluster

_ROWS_DDL = "id bigint, embedding binary"
_RANKS = 2**63  # the hash is cut to this range, so that a share of it is a share of the rows
_FIRST_BYTES = 2**29  # of float32 vectors that the first level is fitted on, in one task
_CHUNK_BYTES = 2**28  # of centroids that the driver reads at once


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
    below = int(_RANKS * (wanted / rows))
    return frame.where(expr(f"({xxhash64_sql(seed, key)} & {_RANKS - 1}L) < {below}L"))


def fit_on_sample(
    vectors: DataFrame, rows: int, k: int, *, sample_per_centroid: int, iterations: int, seed: int
) -> DataFrame:
    """Fit at most ``k`` centroids on (id, embedding), in one task: cluster_id, centroid.

    The sample is that task's memory: ``k * sample_per_centroid`` vectors.
    """
    sample = hash_sample(vectors.select("id", "embedding"), rows, k * sample_per_centroid, seed)
    fit = fit_centroids_of(k, seed, iterations)
    return sample.withColumn("group", lit(0)).groupBy("group").applyInArrow(fit, CENTROIDS_DDL)


def fit_levels(
    stage: Stage, sample: DataFrame, rows: int, cells: int, settings: FitSettings
) -> DataFrame:
    """Fit about ``cells`` cells on a stored sample of about ``rows`` (id, embedding).

    Many cells are fitted in groups: a first level on a part of the sample, then each group in a
    task of its own, with cells in proportion to its rows. A task's memory is its group. Then rows
    look across the borders of groups, and cells move to the rows they get; a group that no row of
    the sample looks into any more goes, with its cells.

    Returns:
        cluster_id, group_id, centroid, stored: clusters are numbered group after group from 0.
    """
    width = _width(sample)
    groups = group_count(cells, 4 * rows * width)
    fit = fit_cells_of(rows / cells, settings.seed, settings.iterations)
    if groups == 1:
        grouped = sample.withColumn("group", lit(0))
    else:
        tops = one_level(small_centroids(_tops(sample, rows, groups, width, settings)))
        placed = sample.mapInArrow(nearest_cluster(tops), f"{_ROWS_DDL}, cluster_id int")
        grouped = placed.withColumnRenamed("cluster_id", "group")
    found = stage.scratch("cells", grouped.groupBy("group").applyInArrow(fit, CELLS_DDL))
    for turn in range(settings.refinements if groups > 1 else 0):
        index = publish_levels(stage, numbered(found), "work", stage.spec.name, f"cells_{turn}")
        placed = sample.mapInArrow(place_in_groups(index, settings.beam), IN_GROUPS_DDL)
        moved = placed.groupBy("group").applyInArrow(refit_cells_of(index), CELLS_DDL)
        found = stage.scratch(f"cells_{turn}", moved)
    return numbered(found)


def _width(sample: DataFrame) -> int:
    bytes_each = sample.agg(max_of(expr("length(embedding)"))).collect()[0][0]
    return (bytes_each or 2) // 2


def _tops(sample: DataFrame, rows: int, groups: int, width: int, settings: FitSettings) -> Vectors:
    each = min(settings.sample_per_centroid, max(8, _FIRST_BYTES // (4 * width * groups)))
    first = fit_on_sample(
        sample, rows, groups,
        sample_per_centroid=each,
        iterations=settings.iterations,
        seed=settings.seed + 1,  # the sample's own hashes under this seed are all small
    )  # fmt: skip
    found = first.toArrow().sort_by("cluster_id")
    return vectors_of(found["centroid"], dtype=CENTROID_TYPE)


def numbered(cells: DataFrame) -> DataFrame:
    """Return cluster_id, group_id, centroid of (group, cell, centroid), both without gaps."""
    counts = cells.groupBy("group").agg(count(lit(1)).alias("cells")).toArrow().sort_by("group")
    groups, sizes = counts["group"].to_numpy(), counts["cells"].to_numpy()
    firsts = np.cumsum(sizes) - sizes
    rows = zip(groups.tolist(), range(len(groups)), firsts.tolist(), strict=True)
    places = cells.sparkSession.createDataFrame(list(rows), "group int, group_id int, first int")
    both = cells.join(places.hint("broadcast"), "group")
    return both.select((col("first") + col("cell")).alias("cluster_id"), "group_id", "centroid")


def publish_levels(stage: Stage, centroids: DataFrame, *place: str) -> LevelIndex:
    """Write centroids (cluster_id, group_id, centroid) as an index file beside the tables.

    The driver holds them once or twice: ``4 * clusters * width`` bytes each.
    """
    counts, vectors = _collected(centroids)
    return level_index(_published(stage, vectors, *place), counts)


def travelling(index: LevelIndex, most_mb: int) -> LevelIndex:
    """Return the index with its cells in it, if they are at most so large: Spark broadcasts it."""
    if 4 * index.cells.k * index.cells.width > most_mb * 2**20:
        return index
    return LevelIndex(index.tops, small_centroids(index.cells.open_mapped()), index.starts)


def _collected(centroids: DataFrame) -> tuple[Ids, Vectors]:
    """Return how many clusters each group has, (groups,), and the centroids in order."""
    facts = centroids.agg(count(lit(1)), max_of(expr("length(centroid)"))).collect()[0]
    clusters, width = int(facts[0]), int(facts[1] or 0) // 4
    vectors = np.empty((clusters, width), dtype=np.float32)
    groups = np.empty(clusters, dtype=np.int64)
    step = max(1, _CHUNK_BYTES // max(1, 4 * width))
    for start in range(0, clusters, step):
        some = centroids.where((col("cluster_id") >= start) & (col("cluster_id") < start + step))
        rows = some.toArrow().sort_by("cluster_id")
        vectors[start : start + step] = vectors_of(rows["centroid"], width, CENTROID_TYPE)
        groups[start : start + step] = rows["group_id"].to_numpy()
    return np.bincount(groups), vectors


def _published(stage: Stage, vectors: Vectors, *place: str) -> IndexFile:
    with tempfile.TemporaryDirectory() as folder:
        local = write_index(vectors, str(Path(folder) / "centroids.faiss"))
        data = Path(local.path).read_bytes()
    target = stage.files(*place[:-1], f"{place[-1]}-{local.digest[:12]}.faiss")
    write_bytes(target, data)
    return IndexFile(target, local.digest, local.k, local.width)

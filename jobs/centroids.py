"""k-means on a hash-ranked sample, in one level or two, and its index file."""

import tempfile
from pathlib import Path

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql.functions import col, count, expr, lit
from pyspark.sql.functions import max as max_of

from jobs.fit_groups import in_groups
from jobs.fit_sample import FitSettings
from jobs.index_files import INDEXES, tell_index
from jobs.stage import Stage
from realsyn_lib.embeddings import CENTROID_TYPE, Ids, Vectors, vectors_of
from realsyn_lib.files import write_bytes
from realsyn_lib.retrieval.centroids import IndexFile, small_centroids, write_index
from realsyn_lib.retrieval.levels import LevelIndex, group_count, level_index
from udfs.fit_centroids import (
    CELLS_DDL,
    IN_GROUPS_DDL,
    fit_cells_of,
    place_in_groups,
    refit_cells_of,
)

_CHUNK_BYTES = 2**28  # of centroids that the driver reads at once


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
        sample, grouped = in_groups(stage, sample, rows, groups, width, settings)
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
    index = _published(stage, vectors, *place)
    if place[0] == INDEXES:
        tell_index(stage, place[-1], index.digest)
    return level_index(index, counts)


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

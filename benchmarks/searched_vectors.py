"""Vectors for the searches: sentences and queries around a few of the width's directions."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from realsyn_lib.embeddings import Ids, Vectors, unit_rows
from realsyn_lib.retrieval.centroids import small_centroids
from realsyn_lib.retrieval.kmeans import assign, fit_centroids, refit_centroids
from realsyn_lib.retrieval.levels import Levels, group_count, level_index, probes

_DIRECTIONS = (
    12  # intrinsic dimensions: one cell in 4,096 then holds a third of a query's best three
)
_ROWS = 2**15


def made_file(place: Path, count: int, width: int, seed: int) -> Path:
    """Write ``count`` unit rows of stored precision (float16 values in float32) and return the file."""
    directions = np.random.default_rng(0).normal(size=(_DIRECTIONS, width)).astype(np.float32)
    generator = np.random.default_rng(seed)
    rows = np.lib.format.open_memmap(place, "w+", np.float32, (count, width))
    for start in range(0, count, _ROWS):
        stop = min(start + _ROWS, count)
        mixed = generator.normal(size=(stop - start, _DIRECTIONS)).astype(np.float32) @ directions
        rows[start:stop] = unit_rows(mixed).astype(np.float16)
    rows.flush()
    return place


def loaded(place: str) -> Vectors:
    """Return the rows of a .npy file as float32 of unit norm, in memory."""
    rows: npt.NDArray[np.float32] = np.load(place).astype(np.float32, copy=False)
    return rows


def fitted_levels(rows: Vectors, clusters: int, rows_each: int = 64) -> Levels:
    """Fit cells group by group, in one process, as the stages do in tasks: on a part of the rows."""
    sample = rows[: clusters * rows_each]
    ids = np.arange(len(sample))
    groups = group_count(clusters, 0)
    tops = fit_centroids(sample[: groups * 256], ids[: groups * 256], groups, 1, 10)
    labels = assign(sample, tops)
    each = len(sample) / clusters
    parts = []
    for group in range(len(tops)):
        own = np.flatnonzero(labels == group)
        parts.append(fit_centroids(sample[own], ids[own], max(1, round(len(own) / each)), 1, 10))
    starts = np.cumsum([0, *(len(part) for part in parts)])
    levels = of_cells(np.concatenate(parts), starts)
    near = probes(sample, levels, 8, 1)[:, 0]
    return of_cells(refit_centroids(sample, ids, near, levels.cells), starts)


def of_cells(cells: Vectors, starts: Ids) -> Levels:
    """Return levels whose tops are the means of the cells of each group."""
    return level_index(small_centroids(cells), np.diff(starts)).open_mapped()

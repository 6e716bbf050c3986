"""Centroids in two levels: groups, and cells inside each group; a row looks into a beam of groups.

One level costs each row a product with every centroid, so that N rows over N / n cells cost N * N.
Two levels cost the groups and the cells of ``beam`` of them.
"""

from dataclasses import dataclass

import numpy as np

from realsyn_lib.embeddings import Ids, Vectors
from realsyn_lib.retrieval.centroids import IndexFile, SmallCentroids
from realsyn_lib.retrieval.ranking import MARGIN, Ranking, kth_largest, rank_members, rank_pairs

_ONE_LEVEL = 64  # cells up to here are compared at once


@dataclass(frozen=True)
class Levels:
    """``tops``: (groups, width) float32; ``cells``: (k, width) float32, group after group;

    ``starts``: (groups + 1,) int64, where the cells of each group begin. All of unit L2 norm.
    """

    tops: Vectors
    cells: Vectors
    starts: Ids


@dataclass(frozen=True)
class LevelIndex:
    """Levels as they travel: the tops with the task, the cells in a file of each node."""

    tops: SmallCentroids
    cells: IndexFile
    starts: tuple[int, ...]

    def open_mapped(self) -> Levels:
        """Return the levels, the cells as a view of the mapped file."""
        starts = np.array(self.starts, dtype=np.int64)
        return Levels(self.tops.open_mapped(), self.cells.open_mapped(), starts)


def group_count(cells: int) -> int:
    """Return into how many groups so many cells are put: the square root, which costs least."""
    return 1 if cells <= _ONE_LEVEL else round(cells**0.5)


def nearest_cells(vectors: Vectors, levels: Levels, beam: int, top: int, gap: float) -> Ranking:
    """Return the nearest cells of each vector among those of its ``beam`` nearest groups.

    Args:
        vectors: (n, width) float32 of unit L2 norm.
        levels: groups and their cells.
        beam: groups that are looked into.
        top: cells wanted at most.
        gap: how much less than the best a cosine may be; a little more is let through.

    Returns:
        ``members`` are rows of ``levels.cells``, (n, top), best first, -1 where there are fewer.
        They depend on the row alone, not on the rows beside it.
    """
    groups = _groups_of(vectors, levels, beam)
    bar = np.full(len(vectors), -np.inf, dtype=np.float32)
    rows, columns, scores = [], [], []
    order = np.argsort(groups.ravel(), kind="stable")
    bounds = np.searchsorted(groups.ravel()[order], np.arange(len(levels.starts)))
    for group in np.flatnonzero(np.diff(bounds)):
        own = order[bounds[group] : bounds[group + 1]] // groups.shape[1]
        first, end = levels.starts[group], levels.starts[group + 1]
        block = vectors[own] @ levels.cells[first:end].T
        bar[own] = np.maximum(bar[own], _bar(block, top, gap))
        row, column = np.nonzero(block >= bar[own][:, None])
        rows.append(own[row])
        columns.append(column + first)
        scores.append(block[row, column])
    if not rows:
        return rank_members(vectors, levels.cells, np.arange(len(levels.cells)), top)
    all_rows = np.concatenate(rows)
    still = np.concatenate(scores) >= bar[all_rows]
    return rank_pairs(vectors, levels.cells, all_rows[still], np.concatenate(columns)[still], top)


def _groups_of(vectors: Vectors, levels: Levels, beam: int) -> Ids:
    count = len(levels.tops)
    if beam >= count:
        return np.broadcast_to(np.arange(count), (len(vectors), count))
    return rank_members(vectors, levels.tops, np.arange(count), beam).members


def _bar(block: Vectors, top: int, gap: float) -> Vectors:
    """Return the score below which a cell of this block cannot be one of those wanted."""
    bar = block.max(axis=1) - np.float32(gap + MARGIN)
    crowded = np.flatnonzero(np.count_nonzero(block >= bar[:, None], axis=1) > top)
    if crowded.size:
        bar[crowded] = np.maximum(bar[crowded], kth_largest(block[crowded], top) - MARGIN)
    return np.asarray(bar)

"""Centroids in two levels: groups, and cells inside each group; a row looks into a beam of groups.

One level costs each row a product with every centroid, so that N rows over N / n cells cost N * N.
Two levels cost the groups and the cells of ``beam`` of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from realsyn_lib.embeddings import Ids, Vectors
from realsyn_lib.retrieval.candidates import Pairs, candidates
from realsyn_lib.retrieval.centroids import IndexFile, SmallCentroids
from realsyn_lib.retrieval.ranking import Ranking, best_columns, rank_pairs

_ONE_LEVEL = 64  # cells up to here are compared at once
_ROWS = 2**16  # rows whose shortlists are held at once


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
    parts = [
        rank_pairs(part, levels.cells, _near(part, levels, beam, top, gap), top)
        for part in _parts(vectors)
    ]
    return Ranking(
        np.concatenate([part.members for part in parts]),
        np.concatenate([part.cosines for part in parts]),
    )


def probes(vectors: Vectors, levels: Levels, beam: int, top: int) -> Ids:
    """Return the ``top`` nearest cells of each vector among those of its ``beam`` nearest groups.

    As ``nearest_cells``, without their cosines: (n, top) int64, best first, -1 where fewer.
    """
    return np.concatenate(
        [
            best_columns(part, levels.cells, _near(part, levels, beam, top, np.inf), top)
            for part in _parts(vectors)
        ]
    )


def _near(vectors: Vectors, levels: Levels, beam: int, top: int, gap: float) -> Pairs:
    return candidates(
        vectors, _groups(vectors, levels, beam), levels.cells, levels.starts, top, gap
    )


def _groups(vectors: Vectors, levels: Levels, beam: int) -> Ids:
    """Return the nearest groups of each vector, best first, (n, beam)."""
    count = len(levels.tops)
    beam, one = min(beam, count), np.zeros((len(vectors), 1), dtype=np.int64)
    if count == 1:
        return one
    near = candidates(vectors, one, levels.tops, np.array([0, count]), beam)
    return best_columns(vectors, levels.tops, near, beam)


def _parts(vectors: Vectors) -> Iterator[Vectors]:
    """Cut rows so that their shortlists fit into memory; one empty part where there is no row."""
    for start in range(0, max(1, len(vectors)), _ROWS):
        yield vectors[start : start + _ROWS]

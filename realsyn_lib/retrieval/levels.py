"""Centroids in two levels: groups, and cells inside each group; a row looks into a beam of groups.

One level costs each row a product with every centroid, so that N rows over N / n cells cost N * N.
Two levels cost the groups and the cells of ``beam`` of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from realsyn_lib.embeddings import Ids, Vectors, unit_rows
from realsyn_lib.errors import ContractError
from realsyn_lib.retrieval.candidates import NO_MEMBER, Pairs, candidates
from realsyn_lib.retrieval.centroids import Centroids, SmallCentroids, small_centroids
from realsyn_lib.retrieval.ranking import Ranking, best_columns, rank_pairs

_ONE_LEVEL = 64  # cells up to here are compared at once
GROUP_BYTES = 2**28  # of float32 vectors; k-means holds some four times that
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
    """Levels as they travel: the tops with the task, the cells too or in a file of each node."""

    tops: SmallCentroids
    cells: Centroids
    starts: tuple[int, ...]

    def open_mapped(self) -> Levels:
        """Return the levels, the cells as a view of the mapped file."""
        starts = np.array(self.starts, dtype=np.int64)
        return Levels(self.tops.open_mapped(), self.cells.open_mapped(), starts)


def level_index(cells: Centroids, counts: Ids) -> LevelIndex:
    """Return the index of cells that lie group after group, (groups,) ``counts`` of them in each.

    The top of a group is the unit mean of its cells. A group of none is left out.
    """
    starts = np.r_[0, np.cumsum(counts[counts > 0])]
    vectors = cells.open_mapped()
    means = np.empty((len(starts) - 1, cells.width))
    for group, (first, end) in enumerate(pairwise(starts.tolist())):
        means[group] = vectors[first:end].mean(axis=0, dtype=np.float64)
    return LevelIndex(small_centroids(unit_rows(means)), cells, tuple(starts.tolist()))


def one_level(cells: Centroids) -> LevelIndex:
    """Return the index whose cells are all compared with each row."""
    return level_index(cells, np.array([cells.k]))


def group_count(cells: int, sample_bytes: int) -> int:
    """Return into how many groups cells are put: the square root, which costs a row least.

    More where the rows that they are fitted on, ``sample_bytes`` as float32, are too many for tasks
    of a group each.
    """
    if cells <= _ONE_LEVEL:
        return 1
    return int(min(cells, max(round(cells**0.5), -(-sample_bytes // GROUP_BYTES))))


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

    As ``nearest_cells``, without their cosines: (n, top) int64, -1 where fewer, the best ones by
    an order of float32.

    Raises:
        ContractError: a vector has no nearest cell, because it is no vector (NaN).
    """
    found = np.concatenate(
        [
            best_columns(part, levels.cells, _near(part, levels, beam, top, np.inf), top)
            for part in _parts(vectors)
        ]
    )
    if (found[:, 0] == NO_MEMBER).any():
        row = int(np.flatnonzero(found[:, 0] == NO_MEMBER)[0])
        raise ContractError(
            f"probes: row {row} has no nearest of {len(levels.cells)} cells, its norm is "
            f"{np.linalg.norm(vectors[row])}; expected unit vectors: rerun the stage that embeds"
        )
    return found


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

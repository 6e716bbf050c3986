"""Two sets of rows in the same cells: which meet, and which of those are near."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from realsyn_lib.dedup.cell_plan import Flags, repeated
from realsyn_lib.dedup.near_vectors import are_near, near_block
from realsyn_lib.embeddings import Ids, Vectors
from realsyn_lib.equal_runs import run_starts

Stored = npt.NDArray[np.float16]
_FEW = 2**9  # pairs of a rectangle below which a product of matrices costs more than its pairs do
_PAIRS_AT_ONCE = 2**13  # pairs whose vectors stay in a core's cache
_BLOCK_PAIRS = 2**21  # of one product of matrices


@dataclass(frozen=True)
class CellRuns:
    """Where cells begin among entries that lie in their order, each first with rows at home in it.

    An entry is a row in one of its cells. ``cells``: (u,) int64, ascending. ``starts``: (u + 1,)
    int64. ``homes``: (u,) int64, entries of rows at home; the others of a cell only ask in it.
    """

    cells: Ids
    starts: Ids
    homes: Ids


def in_cell_order(cell: Ids, is_home: Flags) -> Ids:
    """Return the order of entries, (m,) int64, that ``cell_runs`` expects."""
    return np.lexsort((~is_home, cell))


def cell_runs(cell: Ids, is_home: Flags) -> CellRuns:
    """Return the runs of (m,) ordered entries."""
    starts = run_starts(cell)
    homes = np.add.reduceat(is_home, starts, dtype=np.int64) if len(starts) else starts
    return CellRuns(cell[starts].astype(np.int64), np.append(starts, len(cell)), homes)


@dataclass(frozen=True)
class Rectangles:
    """Runs of entries that meet: from ``left`` on so many (``lefts``), ``right`` likewise; (r,) each."""

    left: Ids
    lefts: Ids
    right: Ids
    rights: Ids

    def where(self, which: Flags) -> "Rectangles":
        """Return some of them."""
        return Rectangles(*(side[which] for side in self.sides))

    @property
    def sides(self) -> tuple[Ids, Ids, Ids, Ids]:
        """All four, in order."""
        return self.left, self.lefts, self.right, self.rights


def rectangles(own: CellRuns, other: CellRuns) -> Rectangles:
    """Return what meets: the own cell of one row is among those of the other.

    In a common cell those at home meet all of the other side, and those that ask meet those at
    home there. Whether two rows meet depends on the two alone, as in ``CellPlan``.
    """
    _, here, there = np.intersect1d(own.cells, other.cells, True, return_indices=True)
    left, homes = own.starts[here], own.homes[here]
    right, rights = other.starts[there], other.starts[there + 1] - other.starts[there]
    asking = own.starts[here + 1] - left - homes
    pairs = zip((left, homes, right, rights), (left + homes, asking, right, other.homes[there]))
    met = Rectangles(*(np.concatenate(both) for both in pairs))
    return met.where((met.lefts > 0) & (met.rights > 0))


def near_across(
    rows: Vectors, row: Ids, others: Stored, met: Rectangles, min_cosine: float
) -> Iterator[tuple[Ids, Ids]]:
    """Find the near ones of the pairs that meet.

    Args:
        rows: (n, width) float32 of unit L2 norm.
        row: the row of each left entry.
        others: the vector of each right entry, float16 as stored; may be a memory map.
        met: which entries meet.
        min_cosine: of a near pair; what float32 cannot decide is decided in float64.

    Yields:
        (row, right entry), int64 each; a pair that meets in two cells comes twice.
    """
    few = met.lefts * met.rights < _FEW
    for left, lefts, right, rights in zip(*(side.tolist() for side in met.where(~few).sides)):
        against = others[right : right + rights].astype(np.float32)
        step = max(1, _BLOCK_PAIRS // rights)
        for start in range(left, left + lefts, step):
            some = row[start : min(start + step, left + lefts)]
            near = near_block(rows[some], against, rights, min_cosine)
            if near is not None:
                one, two = np.nonzero(near)
                yield some[one], right + two
    for one, two in _pairs(met.where(few)):
        near = are_near(rows[row[one]], others[two].astype(np.float32), min_cosine)
        yield row[one[near]], two[near]


def _pairs(met: Rectangles) -> Iterator[tuple[Ids, Ids]]:
    """List the pairs of small rectangles, many of them at once."""
    counts = met.lefts * met.rights
    batch = np.cumsum(counts) // _PAIRS_AT_ONCE
    for part in np.split(np.arange(len(counts)), np.flatnonzero(np.diff(batch)) + 1):
        rectangle, number = repeated(counts[part])
        at, wide = part[rectangle], met.rights[part][rectangle]
        yield met.left[at] + number // wide, met.right[at] + number % wide

"""Which member of a component is kept, and what a component falls into where it is a chain."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from realsyn_lib.embeddings import Ids, Vectors, dot_rows, unit_rows
from realsyn_lib.equal_runs import run_starts
from realsyn_lib.errors import ShapeError

COSINE_STEPS = 1_000_000  # cosines to a centroid are compared after rounding to so many steps
_FEW = 64  # leavers of a group that are settled in rounds; of more, leaders are chosen in turn
_LEADERS = 64  # rows whose cosines to all others are worked out at once
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Members:
    """Members of components, (n,) each; all members of each ``group``.

    ``groups``: int64. ``is_joined``: its pairs joined the group, so a group of two is sure; else
    it is a set of rows whose likeness nothing has shown. ``merits``: (n, k) int64, less is better
    and the first column counts most; k = 0: nearness to the centroid. ``vectors``: (n, width)
    float32 of unit L2 norm.
    """

    groups: Ids
    is_joined: Flags
    ids: Ids
    merits: Ids
    vectors: Vectors


def representatives(members: Members, max_distance: float | None = None) -> Ids:
    """Choose the representative of each member.

    Of a group the member of the least merit stands for it, of equals the one of the smallest id.
    Without merits it is the one nearest to the centroid, the mean of the members' unit vectors;
    cosines are compared in steps of 1e-6, and a pair is a tie.

    With ``max_distance`` members farther from it than that leave and settle among themselves. Up
    to ``_FEW`` leavers of a group become a group, of all groups at once, round by round, each of
    which takes one at least. Of more, the best becomes a leader and takes all that are near it,
    then the best of the rest, and so on: n leavers cost n * n / 2 products at most. Leavers are
    not grouped along edges: which pairs were near is gone when forests are made, and a row that is
    joined to its like through others only is what led here.

    Args:
        members: what to choose among; ids distinct.
        max_distance: largest 1 - cosine of a member and its representative; None: any.

    Returns:
        (n,) int64: the id of each member's representative.

    Raises:
        ShapeError: the lengths differ.

    Source: nearest to the centroid is DanQing's rule (arXiv 2601.10305); RealSyn names none.
    """
    _check(members)
    chosen = np.empty(len(members.ids), np.int64)
    rows = np.lexsort((members.ids, members.groups))
    groups, sure = members.groups[rows], members.is_joined[rows]
    while rows.size:
        segment = _segments(groups)
        vectors = members.vectors[rows]
        best = _best(segment, members.merits[rows], members.ids[rows], vectors)
        chosen[rows] = members.ids[rows[best]][segment]
        if max_distance is None:
            break
        near = dot_rows(vectors, vectors[best][segment]) >= 1.0 - max_distance
        near |= best[segment] == np.arange(len(rows))
        far = ~(near | (sure & (np.bincount(segment)[segment] == 2)))
        many = np.bincount(segment[far], minlength=int(segment[-1]) + 1) > _FEW
        for number in np.flatnonzero(many):
            own = rows[far & (segment == number)]
            chosen[own] = _leaders(members, own, 1.0 - max_distance)
        left = far & ~many[segment]
        rows, groups, sure = rows[left], segment[left], np.zeros(int(left.sum()), bool)
    return chosen


def smallest_ids(ids: Ids, representative_ids: Ids) -> Ids:
    """Return the smallest id among the members that share a representative, (n,) int64 all."""
    _, row = np.unique(representative_ids, return_inverse=True)
    smallest = np.full(int(row.max(initial=-1)) + 1, np.iinfo(np.int64).max)
    np.minimum.at(smallest, row, ids)
    return smallest[row]


def _check(members: Members) -> None:
    count = len(members.ids)
    if not len(members.groups) == len(members.merits) == len(members.vectors) == count:
        raise ShapeError(
            f"representatives: {len(members.groups)} groups, {count} members, "
            f"{len(members.merits)} merits, {len(members.vectors)} vectors, expected as many of each"
        )


def _segments(groups: Ids) -> Ids:
    """Number the runs of equal values from 0."""
    first = np.ones(len(groups), bool)
    first[1:] = groups[1:] != groups[:-1]
    return np.cumsum(first) - 1


def _best(segment: Ids, merits: Ids, ids: Ids, vectors: Vectors) -> Ids:
    """Return the row of the best member of each segment."""
    if merits.shape[1] == 0:
        merits = _distance_to_centroid(segment, vectors)[:, None]
    order = np.lexsort((ids, *merits.T[::-1], segment))
    return order[run_starts(segment)]


def _distance_to_centroid(segment: Ids, vectors: npt.NDArray[Any]) -> Ids:
    """Return minus the cosine to the segment's centroid in steps; 0 where a pair ties."""
    totals = np.add.reduceat(vectors, run_starts(segment), axis=0, dtype=np.float64)
    cosines = dot_rows(vectors, unit_rows(totals)[segment])
    steps = -np.rint(cosines * COSINE_STEPS).astype(np.int64)
    steps[np.bincount(segment)[segment] == 2] = 0
    return steps


def _leaders(members: Members, rows: Ids, min_cosine: float) -> Ids:
    """Return the representative of each of some rows: the first leader that it is near to.

    Float64 products of stored vectors lose no bit, so BLAS gives what ``dot_rows`` does.
    """
    ids, vectors = members.ids[rows], members.vectors[rows].astype(np.float64)
    merits = members.merits[rows]
    if merits.shape[1] == 0:
        merits = _distance_to_centroid(np.zeros(len(rows), np.int64), vectors)[:, None]
    chosen, left = np.empty(len(rows), np.int64), np.lexsort((ids, *merits.T[::-1]))
    while left.size:
        near = vectors[left[:_LEADERS]] @ vectors[left].T >= min_cosine
        is_free = np.ones(len(left), bool)
        for number, is_near in enumerate(near):
            if is_free[number]:
                is_near[number] = True
                chosen[left[is_near & is_free]] = ids[left[number]]
                is_free &= ~is_near
        left = left[is_free]
    return chosen

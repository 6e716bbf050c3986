"""Which member of a component is kept, and what a component falls into where it is a chain."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from realsyn_lib.embeddings import Ids, Vectors, dot_rows, unit_rows
from realsyn_lib.errors import ShapeError

COSINE_STEPS = 1_000_000  # cosines to a centroid are compared after rounding to so many steps
_FEW = 8  # so few leavers of a group are never cut in two
Flags = npt.NDArray[np.bool_]
Cosines = npt.NDArray[np.float64]


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

    With ``max_distance`` members farther from it than that leave, become a group of their own, and
    so on until each is near its representative. More than ``_FEW`` leavers of which there are more
    than three quarters of the group are cut in two first, by their likeness to the one farthest
    away, where the gap is widest in the middle half. A group of n rows so takes at most
    log(n / _FEW) / log(4 / 3) + _FEW rounds, each a few products of a row with a vector.

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
        cosines = dot_rows(vectors, vectors[best][segment])
        near = (cosines >= 1.0 - max_distance) | (best[segment] == np.arange(len(rows)))
        far = ~(near | (sure & (np.bincount(segment)[segment] == 2)))
        halves = _cut(segment, far, cosines, members.ids[rows], vectors)
        rows, sure = rows[far], np.zeros(int(far.sum()), bool)
        order = np.lexsort((members.ids[rows], halves))
        rows, groups = rows[order], halves[order]
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
    return order[_starts(segment)]


def _starts(segment: Ids) -> Ids:
    return np.flatnonzero(np.r_[True, segment[1:] != segment[:-1]])


def _distance_to_centroid(segment: Ids, vectors: Vectors) -> Ids:
    """Return minus the cosine to the segment's centroid in steps; 0 where a pair ties."""
    totals = np.add.reduceat(vectors, _starts(segment), axis=0, dtype=np.float64)
    cosines = dot_rows(vectors, unit_rows(totals)[segment])
    steps = -np.rint(cosines * COSINE_STEPS).astype(np.int64)
    steps[np.bincount(segment)[segment] == 2] = 0
    return steps


def _cut(segment: Ids, far: Flags, cosines: Cosines, ids: Ids, vectors: Vectors) -> Ids:
    """Return the next group of each row that is far: of its segment all, or one of two halves."""
    left, counts = np.bincount(segment[far], minlength=int(segment[-1]) + 1), np.bincount(segment)
    is_cut = (4 * left > 3 * counts) & (left > _FEW)
    halves = 2 * segment
    rows = np.flatnonzero(far & is_cut[segment])
    if rows.size:
        part = _segments(segment[rows])
        farthest = rows[np.lexsort((ids[rows], cosines[rows], part))[_starts(part)]]
        likeness = dot_rows(vectors[rows], vectors[farthest][part])
        halves[rows] += _upper_half(part, likeness, ids[rows])
    return halves[far]


def _upper_half(part: Ids, likeness: Cosines, ids: Ids) -> Flags:
    """Say which rows lie above the widest gap of their part, in its middle half."""
    order = np.lexsort((ids, likeness, part))
    starts, sizes = _starts(part), np.bincount(part)
    rank = np.arange(len(part)) - starts[part]  # of the sorted rows: parts are runs in both
    gap = np.r_[0.0, np.diff(likeness[order])]
    off = np.abs(2 * rank - sizes[part])
    gap[2 * off > sizes[part]] = -np.inf
    widest = np.lexsort((rank, off, -gap, part))[starts]
    upper = np.empty(len(part), bool)
    upper[order] = rank >= rank[widest][part]
    return upper

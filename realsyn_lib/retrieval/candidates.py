"""Queries and members that meet in groups: pairs that may be among a query's best.

Queries of one group share one matrix product with its members, which costs a tenth of what the
same products cost query by query. Both levels of a search are this: cells in groups of cells,
sentences in clusters.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from realsyn_lib.embeddings import Ids, Vectors
from realsyn_lib.equal_runs import run_starts
from realsyn_lib.retrieval.device_products import Knn, device_knn

NO_MEMBER = -1
# Above twice the error of a float32 product of unit vectors up to 4,096 numbers wide.
MARGIN = np.float32(2e-5)
_BLOCK = 2**22  # products held at once
_BLOCK_ROWS = 2**11
_SMALL = 4  # members of a group for each one wanted, from which its own bar is worth finding
_LOWEST = np.float32(-4)  # below any product
_SPARE = 4  # members for each one wanted that a device is asked for
_MOST_ANSWERS = 2048  # of faiss on a GPU
_CROWD = 2  # hits for each one wanted, above which a higher bar is worth finding


@dataclass(frozen=True)
class Pairs:
    """(p,) each: query row, member row, float32 product. ``bar`` (n,): see ``candidates``."""

    rows: Ids
    columns: Ids
    scores: Vectors
    bar: Vectors


def candidates(
    queries: Vectors, groups: Ids, members: Vectors, starts: Ids, top: int, gap: float = np.inf
) -> Pairs:
    """Return every pair that may be among the ``top`` best of its query, within rounding.

    Where groups are large, a first pass takes each query's own group, the first of its list, and
    finds how good a pair must be; the others are only compared with that. Where they are small, that
    bar would be low, so all of a query's products are held side by side.

    Args:
        queries: (n, width) float32 of unit L2 norm.
        groups: (n, p) int64, the groups that each query looks into, ``NO_MEMBER`` where fewer.
        members: (m, width) float32 of unit L2 norm, group after group; may be a memory map.
        starts: (groups + 1,) int64, where the members of each group begin.
        top: best members wanted, at least 1.
        gap: how much less than the best a score may be.

    Returns:
        Pairs by falling score within ``rows``, no score more than ``MARGIN`` below the query's bar:
        its ``top``-th best, or the best less ``gap`` where that is more; -inf where neither is.
    """
    found = _Found(np.full(len(queries), -np.inf, dtype=np.float32))
    widest = int(np.diff(starts).max(initial=0))
    if groups.shape[1] > 1 and 0 < widest < _SMALL * top:
        _side_by_side(found, queries, groups, members, starts, top, gap)
        return _best(found, top, gap)
    every = np.arange(len(queries))
    _meet(found, queries, every, groups[:, 0], members, starts, top, gap)
    rows, slots = np.nonzero(groups[:, 1:] != NO_MEMBER)
    _meet(found, queries, rows, groups[rows, slots + 1], members, starts, top, gap)
    return _best(found, top, gap)


@dataclass
class _Found:
    """Pairs so far; ``bar``: no query's bar is below its own."""

    bar: Vectors
    rows: list[Ids] = field(default_factory=list)
    columns: list[Ids] = field(default_factory=list)
    scores: list[Vectors] = field(default_factory=list)


def _meet(
    found: _Found, queries: Vectors, rows: Ids, groups: Ids, members: Vectors, starts: Ids,
    top: int, gap: float,
) -> None:  # fmt: skip
    """Compare each query with the members of one group each."""
    for group, own, _ in _by_group(groups[:, None]):
        first, end = int(starts[group]), int(starts[group + 1])
        for some in _parts(rows[own], max(1, end - first)):
            _compare(found, queries[some], some, members, first, end, top, gap)


def _side_by_side(
    found: _Found, queries: Vectors, groups: Ids, members: Vectors, starts: Ids,
    top: int, gap: float,
) -> None:  # fmt: skip
    """Compare each query with all members of its groups at once, a few queries at a time."""
    widest = int(np.diff(starts).max())
    step = max(1, _BLOCK // (groups.shape[1] * widest))
    for at in range(0, len(queries), step):
        some = groups[at : at + step]
        block = np.full((*some.shape, widest), -np.inf, dtype=np.float32)
        for group, row, slot in _by_group(some):
            first, end = int(starts[group]), int(starts[group + 1])
            block[row, slot, : end - first] = queries[at + row] @ members[first:end].T
        flat = block.reshape(len(some), -1)
        bar = _bar(flat, top, gap)
        hits = _hits(flat, np.maximum(bar, _LOWEST))
        row, column = np.divmod(hits, flat.shape[1])
        slot, column = np.divmod(column, widest)
        found.bar[at : at + step] = bar
        found.rows.append(at + row)
        found.columns.append(starts[some[row, slot]] + column)
        found.scores.append(flat.ravel()[hits])


def _by_group(groups: Ids) -> Iterator[tuple[int, Ids, Ids]]:
    """Yield each group with the rows and slots of (n, p) that hold it."""
    order = np.argsort(groups.ravel(), kind="stable")
    bounds = np.append(run_starts(groups.ravel()[order]), order.size)
    for low, high in pairwise(bounds.tolist()):
        row, slot = np.divmod(order[low:high], groups.shape[1])
        group = int(groups[row[0], slot[0]])
        if group != NO_MEMBER:
            yield group, row, slot


def _parts(own: Ids, count: int) -> Iterator[Ids]:
    """Cut queries so that a block of products stays in the processor's cache where it can."""
    step = max(64, min(_BLOCK_ROWS, _BLOCK // count))
    for at in range(0, len(own), step):
        yield own[at : at + step]


def _compare(
    found: _Found, queries: Vectors, rows: Ids, members: Vectors, first: int, end: int,
    top: int, gap: float,
) -> None:  # fmt: skip
    knn = device_knn()
    if knn is not None:
        left = _compare_by(knn, found, queries, rows, members[first:end], first, top, gap)
        queries, rows = queries[left], rows[left]
    if len(rows) == 0:
        return
    step = max(top, _BLOCK // len(rows))
    for start in range(first, end, step):
        stop = min(start + step, end)
        block = queries @ members[start:stop].T
        bar = found.bar[rows]
        hits = _hits(block, bar)
        if hits.size > _CROWD * top * len(rows):  # also where the bar is still -inf
            bar = np.maximum(bar, _bar(block, top, gap))
            found.bar[rows] = bar
            hits = _hits(block, bar)
        row, column = np.divmod(hits, stop - start)
        found.rows.append(rows[row])
        found.columns.append(column + start)
        found.scores.append(block.ravel()[hits])


def _compare_by(
    knn: Knn, found: _Found, queries: Vectors, rows: Ids, members: Vectors, first: int,
    top: int, gap: float,
) -> Ids:  # fmt: skip
    """Compare on a device; return the places of queries that have more hits than it answers with."""
    k = min(len(members), _SPARE * top)
    if k == 0:
        return np.empty(0, dtype=np.int64)
    if k > _MOST_ANSWERS:
        return np.arange(len(rows))
    scores, places = knn(queries, members, k)
    bar = np.maximum(found.bar[rows], scores[:, top - 1] if k >= top else -np.inf)
    if np.isfinite(gap):
        bar = np.maximum(bar, scores[:, 0] - np.float32(gap))
    found.bar[rows] = bar
    is_hit = scores >= (bar - MARGIN)[:, None]
    is_cut = is_hit[:, -1] & (k < len(members))
    row, place = np.nonzero(is_hit & ~is_cut[:, None])
    found.rows.append(rows[row])
    found.columns.append(places[row, place] + first)
    found.scores.append(scores[row, place])
    return np.flatnonzero(is_cut)


def _hits(block: Vectors, bar: Vectors) -> Ids:
    return np.flatnonzero(block >= (bar - MARGIN)[:, None])


def _bar(block: Vectors, top: int, gap: float) -> Vectors:
    """Return what the best of these columns alone say of the bar, (n,)."""
    bar = kth_largest(block, top)
    return np.maximum(bar, block.max(axis=1) - np.float32(gap)) if np.isfinite(gap) else bar


def kth_largest(scores: Vectors, k: int) -> Vectors:
    """Return the k-th largest of each row of (n, m); -inf where m < k."""
    if k == 1:
        return np.asarray(scores.max(axis=1))
    if scores.shape[1] < k:
        return np.full(len(scores), -np.inf, dtype=np.float32)
    return np.asarray(np.partition(scores, scores.shape[1] - k, axis=1)[:, scores.shape[1] - k])


def _best(found: _Found, top: int, gap: float) -> Pairs:
    """Keep of each query what lies above the bar that all its groups together set."""
    if not found.rows:
        nothing = np.empty(0, dtype=np.int64)
        return Pairs(nothing, nothing, np.empty(0, dtype=np.float32), found.bar)
    rows, scores = np.concatenate(found.rows), np.concatenate(found.scores)
    order = np.argsort(falling(rows, scores))
    rows, scores = rows[order], scores[order]
    firsts = run_starts(rows)
    counts = np.diff(firsts, append=len(rows))
    bar = found.bar
    full = counts >= top
    bar[rows[firsts[full]]] = scores[firsts[full] + top - 1]
    if np.isfinite(gap):
        bar[rows[firsts]] = np.maximum(bar[rows[firsts]], scores[firsts] - np.float32(gap))
    still = scores >= bar[rows] - MARGIN
    return Pairs(rows[still], np.concatenate(found.columns)[order[still]], scores[still], bar)


def falling(rows: Ids, scores: Vectors) -> npt.NDArray[np.int64]:
    """Return keys, (p,), whose order is by row and, within a row, by falling score.

    ``rows``: below 2**31. One sort of whole numbers is ten times as fast as two of a lexsort.
    """
    bits = np.ascontiguousarray(scores).view(np.int32)
    rising = (bits ^ ((bits >> 31) & np.int32(0x7FFFFFFF))).astype(np.int64)
    return (rows.astype(np.int64) << 32) + (np.int64(2**31 - 1) - rising)

"""The best members for each query: fast products to shortlist, exact products to rank.

A float32 matrix product may differ in its last bits with the shape of the block, so near ties
would rank differently on another partitioning. It only shortlists here: whatever could be among
the best within its error is scored again in float64, each pair by itself.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from realsyn_lib.embeddings import Ids, Vectors, dot_rows
from realsyn_lib.errors import ShapeError

NO_MEMBER = -1
# Above twice the error of a float32 product of unit vectors up to 4,096 numbers wide.
MARGIN = 2e-5
# Rows that stay in a core's cache while they are scored again.
_EXACT_ROWS = 2**9


@dataclass(frozen=True)
class Ranking:
    """Best first, (n, k) each: member rows, ``NO_MEMBER`` where short; cosines, there NaN."""

    members: Ids
    cosines: npt.NDArray[np.float64]


def rank_members(
    queries: Vectors,
    members: Vectors,
    member_ids: Ids,
    top_k: int,
    block_bytes: int = 64 * 2**20,
) -> Ranking:
    """Return the ``top_k`` members of largest cosine for each query.

    Args:
        queries: (n, width) float32 of unit L2 norm.
        members: (m, width) float32 of unit L2 norm; may be a memory map.
        member_ids: (m,) int64, distinct; of equal cosines the smaller id comes first.
        top_k: members wanted, at least 1.
        block_bytes: memory for one block of products.

    Returns:
        Row numbers of ``members`` and their cosines, each (n, top_k).

    Raises:
        ShapeError: the widths differ, or members and ids differ in number.
        ValueError: ``top_k`` is below 1.
    """
    _check(queries, members, member_ids, top_k)
    found = _nothing(len(queries), top_k)
    if len(members) == 0 or len(queries) == 0:
        return found
    query_step = min(len(queries), 1024)
    member_step = max(top_k, block_bytes // (12 * query_step))
    for start in range(0, len(queries), query_step):
        some = queries[start : start + query_step]
        rows, columns = _shortlist(some, members, top_k, member_step)
        cosines = exact_cosines(some, members, rows, columns)
        _fill(found, start, rows, columns, cosines, member_ids[columns])
    return found


def rank_pairs(queries: Vectors, members: Vectors, rows: Ids, columns: Ids, top_k: int) -> Ranking:
    """Return the ``top_k`` of the given pairs for each query; of equal cosines the smaller column.

    Args:
        queries: (n, width) float32 of unit L2 norm.
        members: (m, width) float32 of unit L2 norm; may be a memory map.
        rows: (p,) int64, the query of each pair.
        columns: (p,) int64, its member.
        top_k: members wanted, at least 1.
    """
    found = _nothing(len(queries), top_k)
    _fill(found, 0, rows, columns, exact_cosines(queries, members, rows, columns), columns)
    return found


def exact_cosines(
    left: Vectors, right: Vectors, rows: Ids, columns: Ids
) -> npt.NDArray[np.float64]:
    """Return (p,) float64: the product of row ``rows[i]`` of one with ``columns[i]`` of the other."""
    cosines = np.empty(len(rows), dtype=np.float64)
    for at in range(0, len(rows), _EXACT_ROWS):
        part = slice(at, at + _EXACT_ROWS)
        cosines[part] = dot_rows(left[rows[part]], right[columns[part]])
    return cosines


def kth_largest(scores: Vectors, k: int) -> Vectors:
    """Return the k-th largest of each row of (n, m); -inf where m < k."""
    if k == 1:
        return np.asarray(scores.max(axis=1))
    if scores.shape[1] < k:
        return np.full(len(scores), -np.inf, dtype=np.float32)
    return np.asarray(np.partition(scores, scores.shape[1] - k, axis=1)[:, scores.shape[1] - k])


def _nothing(count: int, top_k: int) -> Ranking:
    return Ranking(
        np.full((count, top_k), NO_MEMBER, dtype=np.int64), np.full((count, top_k), np.nan)
    )


def _check(queries: Vectors, members: Vectors, member_ids: Ids, top_k: int) -> None:
    if top_k < 1:
        raise ValueError(f"rank_members: top_k is {top_k}, expected at least 1")
    if len(members) != len(member_ids):
        raise ShapeError(f"rank_members: {len(members)} members, {len(member_ids)} ids")
    if len(queries) and len(members) and queries.shape[1] != members.shape[1]:
        raise ShapeError(
            f"rank_members: queries have width {queries.shape[1]}, members {members.shape[1]}; "
            "embed both with the encoder named in models.encoder"
        )


def _shortlist(queries: Vectors, members: Vectors, top_k: int, step: int) -> tuple[Ids, Ids]:
    """Return (query row, member row) of all that may be among the best ``top_k``."""
    rows: list[Ids] = []
    columns: list[Ids] = []
    scores: list[Vectors] = []
    bar = np.full(len(queries), -np.inf, dtype=np.float32)
    for start in range(0, len(members), step):
        block = queries @ members[start : start + step].T
        bar = np.maximum(bar, kth_largest(block, top_k))
        row, column = np.nonzero(block >= (bar - np.float32(MARGIN))[:, None])
        rows.append(row)
        columns.append(column + start)
        scores.append(block[row, column])
    all_rows = np.concatenate(rows)
    still = np.concatenate(scores) >= bar[all_rows] - np.float32(MARGIN)
    return all_rows[still], np.concatenate(columns)[still]


def _fill(
    found: Ranking,
    start: int,
    rows: Ids,
    columns: Ids,
    cosines: npt.NDArray[np.float64],
    ids: Ids,
) -> None:
    """Write the best of each query, in order, into ``found`` from row ``start`` on."""
    order = np.lexsort((ids, -cosines, rows))
    rows, columns, cosines = rows[order], columns[order], cosines[order]
    first = np.searchsorted(rows, rows)
    place = np.arange(len(rows)) - first
    kept = place < found.members.shape[1]
    found.members[start + rows[kept], place[kept]] = columns[kept]
    found.cosines[start + rows[kept], place[kept]] = cosines[kept]

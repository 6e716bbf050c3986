"""The best members for each query: fast products to shortlist, exact products to rank.

A float32 matrix product may differ in its last bits with the shape of the block, so near ties
would rank differently on another partitioning. It only shortlists here: whatever could be among
the best within its error is scored again in float64, each pair by itself.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from realsyn_lib.embeddings import Ids, Vectors, dot_unit_rows
from realsyn_lib.equal_runs import run_places
from realsyn_lib.errors import ShapeError
from realsyn_lib.retrieval.candidates import MARGIN, NO_MEMBER, Pairs, candidates

# Rows that stay in a core's cache while they are scored again.
_EXACT_ROWS = 2**9
# Queries whose shortlists are held at once.
_QUERIES = 2**16


@dataclass(frozen=True)
class Ranking:
    """Best first, (n, k) each: member rows, ``NO_MEMBER`` where short; cosines, there NaN."""

    members: Ids
    cosines: npt.NDArray[np.float64]


def rank_in_groups(
    queries: Vectors, groups: Ids, members: Vectors, starts: Ids, member_ids: Ids, top_k: int
) -> Ranking:
    """Return the ``top_k`` best of the members of each query's groups.

    Args:
        queries: (n, width) float32 of unit L2 norm.
        groups: (n, p) int64, ``NO_MEMBER`` where fewer; the nearest first.
        members: (m, width) float32 of unit L2 norm, group after group; may be a memory map.
        starts: (groups + 1,) int64, where the members of each group begin.
        member_ids: (m,) int64, distinct; of equal cosines the smaller id comes first.
        top_k: members wanted, at least 1.

    Returns:
        Row numbers of ``members`` and their cosines, each (n, top_k).

    Raises:
        ShapeError: the widths differ, or members and ids differ in number.
        ValueError: ``top_k`` is below 1.
    """
    _check(queries, members, member_ids, top_k)
    found = _nothing(len(queries), top_k)
    for start in range(0, len(queries), _QUERIES):
        part = slice(start, start + _QUERIES)
        near = candidates(queries[part], groups[part], members, starts, top_k)
        cosines = exact_cosines(queries[part], members, near.rows, near.columns)
        _fill(found, start + near.rows, near.columns, cosines, member_ids[near.columns])
    return found


def rank_pairs(queries: Vectors, members: Vectors, pairs: Pairs, top_k: int) -> Ranking:
    """Return the ``top_k`` of the given pairs for each query; of equal cosines the smaller column.

    Args:
        queries: (n, width) float32 of unit L2 norm.
        members: (m, width) float32 of unit L2 norm; may be a memory map.
        pairs: of rows of the two.
        top_k: members wanted, at least 1.
    """
    found = _nothing(len(queries), top_k)
    cosines = exact_cosines(queries, members, pairs.rows, pairs.columns)
    _fill(found, pairs.rows, pairs.columns, cosines, pairs.columns)
    return found


def best_columns(queries: Vectors, members: Vectors, pairs: Pairs, top_k: int) -> Ids:
    """Return which columns ``rank_pairs`` finds, (n, top_k); of more than one in an order of float32.

    There are exact products only where float32 cannot tell which are the ``top_k``.

    Args:
        queries: (n, width) float32 of unit L2 norm.
        members: (m, width) float32 of unit L2 norm; may be a memory map.
        pairs: from ``candidates``.
        top_k: members wanted, at least 1.
    """
    found = np.full((len(queries), top_k), NO_MEMBER, dtype=np.int64)
    rows, scores = pairs.rows, pairs.scores
    place = run_places(rows)
    kept = place < top_k
    found[rows[kept], place[kept]] = pairs.columns[kept]
    is_close = (place[1:] == top_k) & (-np.diff(scores) <= MARGIN)  # the last in, the first out
    unsure = np.zeros(len(queries), dtype=bool)
    unsure[rows[:-1][is_close]] = True
    if unsure.any():
        some = unsure[rows]
        again = Pairs(rows[some], pairs.columns[some], scores[some], pairs.bar)
        found[unsure] = rank_pairs(queries, members, again, top_k).members[unsure]
    return found


def exact_cosines(
    left: Vectors, right: Vectors, rows: Ids, columns: Ids
) -> npt.NDArray[np.float64]:
    """Return (p,) float64: the product of row ``rows[i]`` of one with ``columns[i]`` of the other."""
    cosines = np.empty(len(rows), dtype=np.float64)
    for at in range(0, len(rows), _EXACT_ROWS):
        part = slice(at, at + _EXACT_ROWS)
        cosines[part] = dot_unit_rows(left[rows[part]], right[columns[part]])
    return cosines


def _nothing(count: int, top_k: int) -> Ranking:
    return Ranking(
        np.full((count, top_k), NO_MEMBER, dtype=np.int64), np.full((count, top_k), np.nan)
    )


def _check(queries: Vectors, members: Vectors, member_ids: Ids, top_k: int) -> None:
    if top_k < 1:
        raise ValueError(f"rank_in_groups: top_k is {top_k}, expected at least 1")
    if len(members) != len(member_ids):
        raise ShapeError(f"rank_in_groups: {len(members)} members, {len(member_ids)} ids")
    if len(queries) and len(members) and queries.shape[1] != members.shape[1]:
        raise ShapeError(
            f"rank_in_groups: queries have width {queries.shape[1]}, members {members.shape[1]}; "
            "embed both with the encoder named in models.encoder"
        )


def _fill(
    found: Ranking, rows: Ids, columns: Ids, cosines: npt.NDArray[np.float64], ids: Ids
) -> None:
    """Write the best of each query, in order, into ``found``."""
    order = np.lexsort((ids, -cosines, rows))
    rows, columns, cosines = rows[order], columns[order], cosines[order]
    place = run_places(rows)
    kept = place < found.members.shape[1]
    found.members[rows[kept], place[kept]] = columns[kept]
    found.cosines[rows[kept], place[kept]] = cosines[kept]

"""Semantic balance: the cosine band, and at most a quota of each cluster by hash rank.

Chance is ``xxhash64(seed, id)``: the same rows on any cluster, and a smaller tier lies inside a
larger one, because all tiers cut the same order.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from realsyn_lib.embeddings import Ids
from realsyn_lib.errors import SettingError
from realsyn_lib.hashing import xxhash64_rows, xxhash64_sql

PAPER_DROPPED_SHARE = 29.7 / 198.0
"""Share of pairs that RealSyn's band 0.51..0.61 drops (section 3.3)."""


@dataclass(frozen=True)
class Band:
    """Cosines that are kept, both ends included: below ``mismatched``, above ``ocr_like``."""

    min_cosine: float
    max_cosine: float


@dataclass(frozen=True)
class Quota:
    """Rows of rank 1..``cap`` in their cluster, and of rank cap + 1 the ``leftover`` first ones.

    ``rows`` is how many that makes; below the target where there are no more.
    """

    cap: int
    leftover: int
    rows: int


def hash_rank(seed: int, ids: Ids) -> Ids:
    """Return the order of chance of each id, (n,) int64: smaller is chosen first, ties by id."""
    return xxhash64_rows(seed, ids)


def hash_rank_sql(seed: int, column: str) -> str:
    """Return the Spark SQL expression that equals ``hash_rank`` of a bigint column."""
    return xxhash64_sql(seed, column)


def calibrate_band(
    values: npt.NDArray[np.float64],
    counts: Ids,
    low_quantile: float = PAPER_DROPPED_SHARE / 2,
    high_quantile: float = 1.0 - PAPER_DROPPED_SHARE / 2,
) -> Band:
    """Return the band between two quantiles of counted cosines.

    The paper's bounds belong to its encoder; its share of dropped pairs carries over. How that
    share splits between the two ends is not printed: half each by default.

    Args:
        values: (n,) distinct cosines, such as cosines rounded to four decimals.
        counts: (n,) rows of each value.
        low_quantile: share of rows below the band, 0..1.
        high_quantile: share of rows up to the band's upper end, above ``low_quantile``.

    Returns:
        Two of the values; the caller freezes them.

    Raises:
        SettingError: quantiles out of order, or no rows.
    """
    if not 0.0 <= low_quantile < high_quantile <= 1.0 or counts.sum() == 0:
        raise SettingError(
            f"calibrate_band: quantiles {low_quantile} and {high_quantile} of {counts.sum()} rows, "
            "expected 0 <= low < high <= 1 and at least one row"
        )
    order = np.argsort(values)
    up_to = np.cumsum(counts[order])
    total = up_to[-1]
    low = np.searchsorted(up_to, np.floor(low_quantile * total + 1e-9), side="right")
    high = np.searchsorted(up_to, np.ceil(high_quantile * total - 1e-9), side="left")
    last = len(values) - 1
    return Band(float(values[order[min(low, last)]]), float(values[order[min(high, last)]]))


def solve_cap(sizes: Ids, counts: Ids, target: int) -> Quota:
    """Return the cap at which clusters together give exactly ``target`` rows.

    Args:
        sizes: (n,) cluster sizes, at least 1.
        counts: (n,) clusters of each size.
        target: rows wanted.

    Returns:
        The largest cap whose rows do not exceed the target, and what of the next layer fills it.
        Where there are fewer rows than the target: all of them.

    Raises:
        SettingError: the target is negative.
    """
    if target < 0:
        raise SettingError(f"balance: a tier of {target} rows, expected 0 or more")
    largest = int(sizes.max(initial=0))
    total = rows_at(sizes, counts, largest)
    if total <= target:
        return Quota(largest, 0, total)
    low, high = 0, largest
    while high - low > 1:
        middle = (low + high) // 2
        if rows_at(sizes, counts, middle) <= target:
            low = middle
        else:
            high = middle
    return Quota(low, target - rows_at(sizes, counts, low), target)


def rows_at(sizes: Ids, counts: Ids, cap: int) -> int:
    """Return how many rows a cap leaves: the sum of min(size, cap) over all clusters.

    ``counts`` (n,) clusters have the ``sizes`` (n,), both int64.
    """
    return int((np.minimum(sizes, cap) * counts).sum())


def rank_in_cluster(cluster_ids: Ids, ids: Ids, ranks: Ids) -> Ids:
    """Return the place of each of n rows in its cluster, (n,) int64 from 1, by (rank, id)."""
    order = np.lexsort((ids, ranks, cluster_ids))
    ordered = cluster_ids[order]
    places = np.empty(len(ids), dtype=np.int64)
    places[order] = np.arange(len(ids)) - np.searchsorted(ordered, ordered) + 1
    return places


def choose(cluster_ids: Ids, ids: Ids, ranks: Ids, quota: Quota) -> npt.NDArray[np.bool_]:
    """Return which rows a quota keeps, (n,) bool.

    Args:
        cluster_ids: (n,) int64.
        ids: (n,) int64, distinct.
        ranks: (n,) int64, ``hash_rank`` of the ids.
        quota: ``Quota(cap, 0, rows)`` for a plain cap, or that of ``solve_cap``.
    """
    places = rank_in_cluster(cluster_ids, ids, ranks)
    kept = places <= quota.cap
    layer = np.flatnonzero(places == quota.cap + 1)
    best = layer[np.lexsort((ids[layer], ranks[layer]))][: quota.leftover]
    kept[best] = True
    return kept

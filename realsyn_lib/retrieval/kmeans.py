"""Spherical k-means: seeded, and independent of the order of its rows."""

from itertools import pairwise

import numpy as np

from realsyn_lib.embeddings import Ids, Vectors, unit_rows
from realsyn_lib.errors import ShapeError
from realsyn_lib.hashing import xxhash64_rows
from realsyn_lib.retrieval.candidates import candidates
from realsyn_lib.retrieval.ranking import best_columns, exact_cosines

_ROWS = 2**14  # rows that share a product


def fit_centroids(vectors: Vectors, ids: Ids, k: int, seed: int, iterations: int) -> Vectors:
    """Fit ``k`` unit centroids by Lloyd's rule on the sphere.

    Rows are first put in the order of their hashed ids, so the input's order changes nothing, and
    assigned by exact products, so threads and blocks change nothing either. The first k distinct
    rows in that order are the start. An empty cluster takes the row that lies
    farthest from its own centroid.

    Args:
        vectors: (n, width) float32 of unit L2 norm.
        ids: (n,) int64, distinct.
        k: centroids wanted, at least 1; lowered to the number of distinct rows.
        seed: of the order.
        iterations: rounds at most; it ends when no row moves.

    Returns:
        (k or fewer, width) float32 of unit L2 norm.

    Raises:
        ShapeError: no rows, or the numbers of rows and ids differ.
        ValueError: ``k`` is below 1.
    """
    if k < 1:
        raise ValueError(f"fit_centroids: k is {k}, expected at least 1")
    if len(vectors) == 0 or len(vectors) != len(ids):
        raise ShapeError(f"fit_centroids: {len(vectors)} vectors, {len(ids)} ids, expected rows")
    rows = vectors[np.lexsort((ids, xxhash64_rows(seed, ids)))]
    centroids = unit_rows(_first_distinct(rows, k))
    before = np.full(len(rows), -1, dtype=np.int64)
    for _ in range(iterations):
        labels = assign(rows, centroids)
        if np.array_equal(labels, before):
            break
        _repair(labels, rows, centroids)
        centroids, before = _means(rows, labels, centroids), labels
    return centroids


def refit_centroids(vectors: Vectors, ids: Ids, labels: Ids, centroids: Vectors) -> Vectors:
    """Return the centroids of rows that were put into clusters, one round of Lloyd's rule.

    Args:
        vectors: (n, width) float32 of unit L2 norm, at least one.
        ids: (n,) int64, distinct; their order breaks ties between rows that an empty cluster could take.
        labels: (n,) int64, rows of ``centroids``.
        centroids: (k, width) float32 of unit L2 norm, those of before; k at most n, or some stay.

    Returns:
        (k, width) float32 of unit L2 norm.
    """
    order = np.argsort(ids)
    rows, moved = vectors[order], labels[order]
    _repair(moved, rows, centroids)
    return _means(rows, moved, centroids)


def assign(vectors: Vectors, centroids: Vectors) -> Ids:
    """Return the row of the nearest centroid of each vector, the smaller row in a tie.

    Args:
        vectors: (n, width) float32 of unit L2 norm.
        centroids: (k, width) float32 of unit L2 norm.

    Returns:
        (n,) int64; it depends on the vector alone, not on those beside it.
    """
    labels = np.empty(len(vectors), dtype=np.int64)
    bounds = np.array([0, len(centroids)])
    for start in range(0, len(vectors), _ROWS):
        part = vectors[start : start + _ROWS]
        one_group = np.zeros((len(part), 1), dtype=np.int64)
        near = candidates(part, one_group, centroids, bounds, top=1)
        labels[start : start + _ROWS] = best_columns(part, centroids, near, 1)[:, 0]
    return labels


def _first_distinct(rows: Vectors, k: int) -> Vectors:
    """Return the first ``k`` distinct rows in order, fewer if there are no more."""
    chosen = rows[:k]
    as_bytes = np.ascontiguousarray(rows).view(np.dtype((np.void, rows.itemsize * rows.shape[1])))
    if len(np.unique(as_bytes[:k])) < len(chosen):
        _, first = np.unique(as_bytes, return_index=True)
        chosen = rows[np.sort(first)[:k]]
    return chosen


def _repair(labels: Ids, rows: Vectors, centroids: Vectors) -> None:
    """Give each empty cluster the farthest row of a cluster that can spare one, in place."""
    sizes = np.bincount(labels, minlength=len(centroids))
    empty = np.flatnonzero(sizes == 0)
    if empty.size == 0:
        return
    cosines = exact_cosines(rows, centroids, np.arange(len(rows)), labels)
    for row in np.argsort(cosines, kind="stable"):
        if sizes[labels[row]] > 1:
            sizes[labels[row]] -= 1
            labels[row], empty = empty[0], empty[1:]
            if empty.size == 0:
                return


def _means(rows: Vectors, labels: Ids, before: Vectors) -> Vectors:
    """Return the unit mean of each cluster; where the members cancel out, the old centroid.

    Sums of stored float16 numbers are exact in float64, so their order does not matter.
    """
    order = np.argsort(labels, kind="stable")
    bounds = np.searchsorted(labels[order], np.arange(len(before) + 1))
    sums = np.zeros(before.shape, dtype=np.float64)
    for cluster, (start, end) in enumerate(pairwise(bounds.tolist())):
        rows[order[start:end]].sum(axis=0, dtype=np.float64, out=sums[cluster])
    cancelled = np.abs(sums).max(axis=1) < 1e-9
    sums[cancelled] = before[cancelled]
    return unit_rows(sums)

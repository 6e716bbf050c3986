"""Vectors of one cluster that are nearly the same, as few edges with the same components."""

import numpy as np
import numpy.typing as npt

from realsyn_lib.dedup.components import component_labels
from realsyn_lib.embeddings import Ids, Vectors, dot_rows
from realsyn_lib.errors import ShapeError

# A float32 product of unit vectors is off by less than this up to 4,096 numbers a vector.
_PRODUCT_ERROR = 1e-5
_BYTES_PER_PRODUCT = 32
_MANY = 8  # near pairs of a row from which a block is thinned out before its pairs are listed


def near_vectors(
    vectors: Vectors,
    ids: Ids,
    max_distance: float,
    block_bytes: int = 64 * 2**20,
    members: int | None = None,
) -> tuple[Ids, Ids]:
    """Link vectors whose cosine distance is at most ``max_distance``.

    Pairs are compared in blocks. What comes back is a star for each component of the near pairs:
    m mutual duplicates give m - 1 edges, not m * (m - 1) / 2. Pairs too close to the threshold
    for float32 are decided in float64, so the result depends on the vectors alone.

    Args:
        vectors: (n, width) float32 of unit L2 norm.
        ids: (n,) int64, distinct.
        max_distance: largest 1 - cosine of a near pair (RealSyn's successor DanQing: 0.1).
        block_bytes: memory for one block of comparisons.
        members: the first so many rows are compared with all, the others with them only;
            without it all are compared with all.

    Returns:
        src, dst: int64 ids, dst the smallest id of src's component, src ascending.

    Raises:
        ShapeError: the numbers of vectors and ids differ.
    """
    if len(vectors) != len(ids):
        raise ShapeError(f"near_vectors: {len(vectors)} vectors, {len(ids)} ids")
    count = len(ids)
    members = count if members is None else members
    labels = np.arange(count, dtype=np.int64)
    step = max(1, block_bytes // (_BYTES_PER_PRODUCT * max(members, 1)))
    for start in range(0, count, step):
        end = min(start + step, count)
        others = vectors[: min(end, members)]
        near = near_block(vectors[start:end], others, start, 1.0 - max_distance)
        if near is not None:
            labels = _merge_block(labels, near, start)
    return _stars(labels, ids)


def near_block(
    rows: Vectors, others: Vectors, start: int, min_cosine: float
) -> npt.NDArray[np.bool_] | None:
    """Say which of some rows are near which others; None where none is.

    Args:
        rows: (n, width) float32 of unit L2 norm.
        others: (m, width), likewise.
        start: where ``rows`` begin among ``others``, whose own places count as apart; m where
            they are none of them.
        min_cosine: of a near pair; what float32 cannot decide is decided in float64.

    Returns:
        (n, m) bool.
    """
    cosines = rows @ others.T
    same = np.arange(max(0, len(others) - start))
    cosines[same, start + same] = -2.0
    near: npt.NDArray[np.bool_] = cosines >= min_cosine - _PRODUCT_ERROR
    if not near.any():
        return None
    left, right = np.nonzero(near & (cosines < min_cosine + _PRODUCT_ERROR))
    for at in range(0, len(left), 2**16):
        some, other = left[at : at + 2**16], right[at : at + 2**16]
        near[some, other] = dot_rows(rows[some], others[other]) >= min_cosine
    return near


def are_near(left: Vectors, right: Vectors, min_cosine: float) -> npt.NDArray[np.bool_]:
    """Say of (n, width) float32 rows and others which two are near, each with that of its place."""
    cosines = np.einsum("ij,ij->i", left, right)
    near = cosines >= min_cosine - _PRODUCT_ERROR
    open_ = np.flatnonzero(near & (cosines < min_cosine + _PRODUCT_ERROR))
    near[open_] = dot_rows(left[open_], right[open_]) >= min_cosine
    return np.asarray(near)


def _merge_block(labels: Ids, near: npt.NDArray[np.bool_], start: int) -> Ids:
    """Join components along the near pairs of a block.

    Where they are many, first each row with its first near row, which settles most; then only
    pairs still apart, so that a block of equal vectors does not list all its pairs.
    """
    if np.count_nonzero(near) > _MANY * len(near):
        block, end = np.arange(start, start + len(near)), near.shape[1]
        labels = _join(labels, block, np.where(near.any(axis=1), near.argmax(axis=1), block))
        near = near & (labels[block][:, None] != labels[:end][None, :])
    left, right = np.nonzero(near)
    return _join(labels, start + left, right) if len(left) else labels


def _join(labels: Ids, left: Ids, right: Ids) -> Ids:
    return component_labels(len(labels), labels[left], labels[right])[labels]


def _stars(labels: Ids, ids: Ids) -> tuple[Ids, Ids]:
    smallest = np.full(len(ids), np.iinfo(np.int64).max)
    np.minimum.at(smallest, labels, ids)
    order = np.argsort(ids)
    src, dst = ids[order], smallest[labels][order]
    return src[src != dst], dst[src != dst]

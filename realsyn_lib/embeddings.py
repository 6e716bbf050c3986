"""Embedding columns as matrices and back, unit length, and the rows that must not go further.

A column holds fixed-width little-endian numbers in ``binary``: float16 for embeddings, float32 for
centroids. A float64 dot product or sum of float16 values loses no bit (products are multiples of
2**-48 and stay below 2**5), so what is computed from stored embeddings in float64 is the same in
any order.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from realsyn_lib.errors import ShapeError

Vectors = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]

EMBEDDING_TYPE = "<f2"
CENTROID_TYPE = "<f4"
MAX_NORM_ERROR = 0.01  # of a unit vector; float16 rounds its norm by less than 0.001
_MAX_COLUMN_BYTES = 2**31 - 1


def vectors_of(
    column: pa.Array | pa.ChunkedArray, width: int | None = None, dtype: str = EMBEDDING_TYPE
) -> Vectors:
    """Return a binary column as a float32 matrix, without a loop over its rows.

    Args:
        column: n values of ``binary``, each ``width`` numbers of ``dtype``; no null.
        width: numbers in a row; without it that of the first row.
        dtype: ``EMBEDDING_TYPE`` or ``CENTROID_TYPE``.

    Returns:
        (n, width) float32, writable, sharing no memory with ``column``; (0, width or 0) if empty.

    Raises:
        ShapeError: a null, or a value of another length.
    """
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if array.null_count:
        raise ShapeError(
            f"vectors_of: {array.null_count} of {len(array)} vectors are null, expected none; "
            "keep rows whose drop_reason is null"
        )
    array = array.cast(pa.binary())
    item = np.dtype(dtype)
    if len(array) == 0:
        return np.empty((0, width or 0), dtype=np.float32)
    offsets = np.frombuffer(array.buffers()[1], dtype=np.int32)
    offsets = offsets[array.offset : array.offset + len(array) + 1].astype(np.int64)
    lengths = np.diff(offsets)
    wanted = int(lengths[0]) if width is None else width * item.itemsize
    _check_lengths(lengths, wanted, item)
    data = array.buffers()[2] or pa.py_buffer(b"")
    flat = np.frombuffer(data, dtype=np.uint8)[offsets[0] : offsets[-1]]
    return flat.view(item).reshape(len(array), -1).astype(np.float32)


def _check_lengths(lengths: Ids, wanted: int, item: np.dtype[Any]) -> None:
    wrong = np.flatnonzero((lengths != wanted) | (lengths == 0))
    if wrong.size == 0 and wanted % item.itemsize == 0:
        return
    row = int(wrong[0]) if wrong.size else 0
    raise ShapeError(
        f"vectors_of: row {row} has {int(lengths[row])} bytes, expected "
        f"{wanted} (width {wanted // item.itemsize} of {item.name}); "
        "embed all rows with the encoder named in models.encoder"
    )


def binary_of(vectors: npt.NDArray[Any], dtype: str = EMBEDDING_TYPE) -> pa.Array:
    """Return (n, width) numbers as a ``binary`` column of n values, the reverse of ``vectors_of``.

    Raises:
        ShapeError: not a matrix, or more than 2 GiB in one column (slice the batch).
    """
    if vectors.ndim != 2:
        raise ShapeError(f"binary_of: got shape {vectors.shape}, expected (rows, width)")
    data = np.ascontiguousarray(vectors, dtype=np.dtype(dtype))
    if data.nbytes > _MAX_COLUMN_BYTES:
        raise ShapeError(f"binary_of: {data.nbytes} bytes in one column, expected at most 2 GiB")
    step = data.shape[1] * data.itemsize
    offsets = (np.arange(len(data) + 1, dtype=np.int64) * step).astype(np.int32)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(data)]
    return pa.Array.from_buffers(pa.binary(), len(data), buffers)


def dot_rows(left: npt.NDArray[Any], right: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Return (n,) float64: the dot product of each row of ``left`` with that row of ``right``.

    Both are (n, width) of any float type; numpy raises ValueError where they differ. A row's
    result depends on that row alone, unlike a row of a BLAS product.
    """
    wide = left.astype(np.float64, copy=False), right.astype(np.float64, copy=False)
    return np.asarray(np.einsum("ij,ij->i", *wide))


def dot_unit_rows(left: Vectors, right: Vectors) -> npt.NDArray[np.float64]:
    """Return (n,) float64: what ``dot_rows`` returns for float32 rows of about unit norm.

    Products are float32, which holds those of stored float16 numbers exactly, and sums float64: the
    same numbers in a sixth of the time. Not for rows whose products may leave float32.
    """
    return np.asarray((left * right).sum(axis=1, dtype=np.float64))


def unit_rows(vectors: npt.NDArray[Any]) -> Vectors:
    """Return (n, width) float32 with each row divided by its L2 norm; zero rows stay zero."""
    norms = np.sqrt(dot_rows(vectors, vectors))
    norms[norms == 0.0] = 1.0
    return (vectors / norms[:, None]).astype(np.float32)


def bad_rows(
    vectors: npt.NDArray[Any], max_norm_error: float | None = None
) -> npt.NDArray[np.bool_]:
    """Return True for the rows that must not reach a search: reason ``bad_vector``.

    Args:
        vectors: (n, width) numbers, as a model or a table gave them.
        max_norm_error: largest allowed distance of the norm from 1; None allows any norm.

    Returns:
        (n,) bool: NaN or infinity in it, a zero vector, or a norm that is off.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        norms = np.sqrt(dot_rows(vectors, vectors))
        bad = ~np.isfinite(norms) | (norms < 1e-12)
        if max_norm_error is not None:
            bad |= np.abs(norms - 1.0) > max_norm_error
    return bad

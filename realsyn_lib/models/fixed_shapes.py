"""Batches of constant shape, so that what a model says of a row never depends on its neighbours."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from realsyn_lib.errors import ShapeError


@dataclass(frozen=True)
class LengthBatch:
    """Rows of one model call: ``rows`` (k,) int64 with k <= capacity, padded to ``length``."""

    rows: np.ndarray
    length: int
    capacity: int


def rounded_lengths(lengths: np.ndarray, step: int) -> np.ndarray:
    """Round (n,) lengths up to (n,) int64, so that few shapes occur and little of each is padding.

    To a multiple of ``step`` up to 8 steps, of 2 steps up to 16, of 4 up to 32, and so on: at most
    an eighth of a long row is padding.
    """
    exact = np.maximum(np.asarray(lengths, dtype=np.int64), 1)
    octave = np.ceil(np.log2(np.maximum(exact / (8 * step), 1))).astype(np.int64)
    unit = step * 2**octave
    return -(-exact // unit) * unit


def length_batches(lengths: np.ndarray, step: int, tokens: int) -> Iterator[LengthBatch]:
    """Group rows by their own rounded length into calls of one shape for each length.

    The shape of a call, (capacity, length), follows from the row's own length alone.

    Args:
        lengths: (n,) integers, tokens of each row.
        step: the smallest unit to which lengths are rounded up.
        tokens: capacity is ``tokens // length``, at least 1.

    Yields:
        Batches that hold each row once; within a length in the order of the rows.
    """
    rounded = rounded_lengths(lengths, step)
    for length in np.unique(rounded).tolist():
        rows = np.flatnonzero(rounded == length)
        capacity = max(1, tokens // length)
        for start in range(0, len(rows), capacity):
            yield LengthBatch(rows[start : start + capacity], length, capacity)


def padded_ids(ids: list[list[int]], batch: LengthBatch, pad_id: int) -> np.ndarray:
    """Return the token ids of a batch as (capacity, length) int64, ``pad_id`` elsewhere."""
    out = np.full((batch.capacity, batch.length), pad_id, dtype=np.int64)
    for i, row in enumerate(batch.rows.tolist()):
        out[i, : len(ids[row])] = ids[row]
    return out


def fixed_rows(rows: np.ndarray, capacity: int) -> Iterator[tuple[slice, np.ndarray]]:
    """Cut ``rows`` (n, ...) into blocks of exactly ``capacity`` rows, the last one zero-padded.

    Yields:
        The slice of the original rows, and the block (capacity, ...); rows beyond the slice's
        length are padding.
    """
    for start in range(0, len(rows), capacity):
        block = rows[start : start + capacity]
        missing = capacity - len(block)
        if missing:
            block = np.concatenate([block, np.zeros((missing, *rows.shape[1:]), rows.dtype)])
        yield slice(start, start + capacity - missing), block


def check_pixels(pixels: np.ndarray, side: int) -> None:
    """Refuse anything but (n, side, side, 3) uint8.

    Raises:
        ShapeError: other shape or type.
    """
    if pixels.dtype != np.uint8 or pixels.shape[1:] != (side, side, 3):
        raise ShapeError(
            f"pixels are {pixels.dtype} {pixels.shape}, expected uint8 (n, {side}, {side}, 3); "
            "decode to the model's image_size"
        )

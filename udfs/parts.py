"""Batches cut and joined to parts of one number of rows, as a model's calls of one shape want."""

from collections.abc import Iterator

import pyarrow as pa


def parts_of(
    batches: Iterator[pa.RecordBatch], rows: int, max_bytes: int
) -> Iterator[pa.RecordBatch]:
    """Yield the rows in order, ``rows`` at a time, across the bounds of the batches.

    The last part holds what is left. A part is smaller where its rows hold ``max_bytes``; one row may
    hold more. Rows are copied only where a part spans two batches.
    """
    held: list[pa.RecordBatch] = []
    count = size = 0
    for batch in batches:
        while batch.num_rows:
            piece = _head(batch, rows - count, max_bytes - size, must_take=not held)
            if piece.num_rows:
                held.append(piece)
                count, size = count + piece.num_rows, size + piece.nbytes
                batch = batch.slice(piece.num_rows)
            if count == rows or batch.num_rows:
                yield _joined(held)
                held, count, size = [], 0, 0
    if held:
        yield _joined(held)


def _head(batch: pa.RecordBatch, rows: int, max_bytes: int, must_take: bool) -> pa.RecordBatch:
    """Return the first rows that fit; at least one where it must."""
    piece = batch.slice(0, rows)
    while piece.num_rows > must_take and piece.nbytes > max_bytes:
        piece = piece.slice(0, piece.num_rows // 2 if piece.num_rows > 1 else 0)
    return piece


def _joined(held: list[pa.RecordBatch]) -> pa.RecordBatch:
    if len(held) == 1:
        return held[0]
    (joined,) = pa.Table.from_batches(held).combine_chunks().to_batches()
    return joined

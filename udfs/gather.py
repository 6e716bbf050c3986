"""Small Arrow batches gathered into large ones."""

from collections.abc import Iterator

import pyarrow as pa


def gathered(
    batches: Iterator[pa.RecordBatch], rows: int, max_bytes: int = 64 * 2**20
) -> Iterator[pa.RecordBatch]:
    """Yield batches of at least ``rows`` rows (the last one of what is left), in order.

    For models that sort rows by length: many rows fill its calls of constant shape. Batches are
    smaller where they hold ``max_bytes``.
    """
    held: list[pa.RecordBatch] = []
    count = size = 0
    for batch in batches:
        held.append(batch)
        count += batch.num_rows
        size += batch.nbytes
        if count >= rows or size >= max_bytes:
            yield from _one(held)
            held, count, size = [], 0, 0
    yield from _one(held)


def _one(held: list[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    if held:
        yield from pa.Table.from_batches(held).combine_chunks().to_batches()

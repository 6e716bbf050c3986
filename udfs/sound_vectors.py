"""Rows whose stored vector may reach a product."""

from collections.abc import Iterator

import pyarrow as pa

from realsyn_lib.embeddings import MAX_NORM_ERROR, bad_rows, vectors_of


def sound_vectors(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Keep the rows of a partition whose ``embedding`` is finite and of unit norm.

    What a table of another origin may hold besides (NaN, infinite, zero, huge) joins nothing.
    Expects binary, float16 little-endian, not null.
    """
    for batch in batches:
        bad = bad_rows(vectors_of(batch["embedding"]), MAX_NORM_ERROR)
        yield batch.filter(pa.array(~bad)) if bad.any() else batch

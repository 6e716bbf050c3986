"""Rows whose stored vector may reach a product."""

from collections.abc import Iterator

import pyarrow as pa

from realsyn_lib.embeddings import bad_rows, vectors_of

_MAX_NORM_ERROR = 0.01  # float16 rounds a unit norm by less than 0.001


def sound_vectors(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Keep the rows of a partition whose ``embedding`` is finite and of unit norm.

    What a table of another origin may hold besides (NaN, infinite, zero, huge) joins nothing.
    Expects binary, float16 little-endian, not null.
    """
    for batch in batches:
        bad = bad_rows(vectors_of(batch["embedding"]), _MAX_NORM_ERROR)
        yield batch.filter(pa.array(~bad)) if bad.any() else batch

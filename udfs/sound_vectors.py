"""Rows whose stored vector may reach a product."""

from typing import TypeVar

import pyarrow as pa

from realsyn_lib.embeddings import Vectors, bad_rows, vectors_of

Rows = TypeVar("Rows", pa.RecordBatch, pa.Table)
_MAX_NORM_ERROR = 0.01  # float16 rounds a unit norm by less than 0.001


def sound_vectors(rows: Rows, width: int | None = None, column: str = "embedding") -> tuple[Rows, Vectors]:
    """Return the rows whose vector is finite and of unit norm, and their (n, width) float32.

    What a table of another origin may hold besides (NaN, infinite, zero, huge) joins nothing.
    """
    vectors = vectors_of(rows[column], width)
    bad = bad_rows(vectors, _MAX_NORM_ERROR)
    return (rows.filter(pa.array(~bad)), vectors[~bad]) if bad.any() else (rows, vectors)

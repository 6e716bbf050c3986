"""Cosine of two embeddings in one row."""

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa

from realsyn_lib.embeddings import dot_rows, vectors_of


def pair_cosines(
    left: str, right: str, name: str
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return a ``mapInArrow`` function that puts ``name`` (float) in place of two vector columns.

    Expects ``left`` and ``right``: binary, float16 little-endian, unit norm, not null. The sum is
    taken in float64, which loses nothing, so it depends on the two vectors alone.
    """

    def compare(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            cosines = dot_rows(vectors_of(batch[left]), vectors_of(batch[right]))
            column = pa.array(np.clip(cosines, -1.0, 1.0).astype(np.float32))
            yield batch.drop_columns([left, right]).append_column(name, column)

    return compare

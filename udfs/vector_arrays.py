"""Stored vectors as arrays of numbers, for people who query."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from realsyn_lib.embeddings import vectors_of


def vector_arrays(dtype: str) -> Callable[[pa.Array], pa.Array]:
    """Return a function of Arrow arrays: binary vectors of ``dtype`` -> array<float>; null stays null.

    Args:
        dtype: ``EMBEDDING_TYPE`` or ``CENTROID_TYPE`` of ``realsyn_lib.embeddings``.
    """

    def decode(column: pa.Array) -> pa.Array:
        known = pc.is_valid(column)
        vectors = vectors_of(column.filter(known), dtype=dtype)
        lengths = np.where(known.to_numpy(zero_copy_only=False), vectors.shape[1], 0)
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
        values = pa.array(vectors.reshape(-1))
        return pa.ListArray.from_arrays(pa.array(offsets), values, mask=pc.invert(known))

    return decode

"""Values of a binary Arrow column without copies."""

from itertools import pairwise

import numpy as np
import pyarrow as pa


def binary_views(column: pa.BinaryArray) -> list[memoryview]:
    """Return views of a column's values as unsigned bytes; a scalar of Arrow's would be a copy of each."""
    if not len(column):
        return []
    wide = pa.types.is_large_binary(column.type)
    _, ends, data = column.buffers()
    bounds = np.frombuffer(ends, np.int64 if wide else np.int32)[column.offset :]
    # Arrow calls its bytes signed: b"\xff" would not be equal to one of them.
    held = memoryview(data or b"").cast("B")
    bounds = bounds[: len(column) + 1].tolist()
    return [held[start:end] for start, end in pairwise(bounds)]

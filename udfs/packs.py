"""Rows that go to one task, as few binary values: Spark shuffles those at a fraction of the cost."""

from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
import pyarrow as pa

from realsyn_lib.arrow_types import arrow_schema
from realsyn_lib.embeddings import Ids
from realsyn_lib.equal_runs import run_starts

PACKS_DDL = "task int, rows binary"
_BYTES = (
    2**18
)  # of a pack: 128 MB in a batch of batch.arrow_rows, 512, where Spark 4.0 counts rows only
_AT_ONCE = 32  # packs that are handed to Spark at once


def packed(
    tasks: Ids, take: Callable[[pa.Array], pa.RecordBatch], row_bytes: int
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of each task together: batches of ``PACKS_DDL``.

    Args:
        tasks: (n,) int64, below 2**31, where each row goes.
        take: returns the rows of some of the n numbers; its schema is known to who unpacks them.
        row_bytes: about.
    """
    each = max(1, _BYTES // max(1, row_bytes))
    order = np.argsort(tasks, kind="stable")
    bounds = [*run_starts(tasks[order]).tolist(), len(order)]
    cuts = [
        (at, min(at + each, high))
        for low, high in pairwise(bounds)
        for at in range(low, high, each)
    ]
    for first in range(0, len(cuts), _AT_ONCE):
        some = cuts[first : first + _AT_ONCE]
        packs = [take(pa.array(order[low:high])).serialize() for low, high in some]
        own = tasks[order[[low for low, _ in some]]].astype(np.int32)
        columns = [pa.array(own), _binary(packs)]
        yield pa.RecordBatch.from_arrays(columns, schema=arrow_schema(PACKS_DDL))


def _binary(values: list[pa.Buffer]) -> pa.Array:
    """Return buffers as values of a column; pa.array would never let go of a buffer's memory."""
    offsets = np.zeros(len(values) + 1, dtype=np.int32)
    np.cumsum([value.size for value in values], out=offsets[1:])
    data = pa.py_buffer(b"".join(values))
    return pa.Array.from_buffers(pa.binary(), len(values), [None, pa.py_buffer(offsets), data])


def unpacked(packs: pa.Array, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Yield the rows of each of n packs, without copying them."""
    for pack in packs:
        yield pa.ipc.read_record_batch(pack.as_buffer(), schema)

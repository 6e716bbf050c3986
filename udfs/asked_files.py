"""Rows that are asked for their near ones, as Arrow files in the order of cells, which tasks map."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from realsyn_lib.dedup.cell_meetings import CellRuns, Stored, cell_runs
from realsyn_lib.embeddings import EMBEDDING_TYPE, Ids
from realsyn_lib.node_files import local_copy
from udfs.arrow_files import ArrowFile, file_rows, write_arrow_file
from udfs.gather import gathered

_SCHEMA = pa.schema(
    [("cell", pa.int32()), ("is_home", pa.bool_()), ("id", pa.int64()), ("embedding", pa.binary())]
)
Batches = Iterator[pa.RecordBatch]


@dataclass(frozen=True)
class Asked:
    """Its entries: ``ids`` (m,) int64, ``vectors`` (m, width) float16, both mapped; ``runs``."""

    ids: Ids
    vectors: Stored
    runs: CellRuns


def write_asked_files(folder: str, file_bytes: int) -> Callable[[Batches], Batches]:
    """Return a ``mapInArrow`` function: cell int, is_home boolean, id, embedding -> ``FILES_DDL``.

    Expects the rows of a partition by cell, those at home first. A file holds some ``file_bytes``
    of them, and they are what is in memory.
    """

    def write(batches: Batches) -> Batches:
        for rows in gathered(batches, 2**31, file_bytes):
            yield file_rows(write_arrow_file(folder, [rows.cast(_SCHEMA)], _SCHEMA))

    return write


def read_asked_file(file: ArrowFile) -> Asked:
    """Return what a file holds, mapped from the disk of the node."""
    with pa.memory_map(str(local_copy(file.path, file.digest))) as source:
        (rows,) = pa.ipc.open_file(source).read_all().to_batches()
    cell, is_home = rows["cell"].to_numpy(), rows["is_home"].to_numpy(zero_copy_only=False)
    _, offsets, data = rows["embedding"].buffers()
    start, end = np.frombuffer(offsets, np.int32)[[0, rows.num_rows]].tolist()  # data is padded
    vectors = np.frombuffer(data, EMBEDDING_TYPE, (end - start) // 2, start)
    vectors = vectors.reshape(rows.num_rows, -1)
    return Asked(rows["id"].to_numpy(), vectors, cell_runs(cell, is_home))

"""Hashes and their ids as Arrow files, one for each partition, which every task of a search maps."""

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa

from realsyn_lib.dedup.bands import Hashes
from realsyn_lib.embeddings import Ids
from realsyn_lib.node_files import local_copy
from udfs.arrow_files import ArrowFile, file_rows, write_arrow_file

_SCHEMA = pa.schema([("hash", pa.int64()), ("id", pa.int64())])
Batches = Iterator[pa.RecordBatch]


def write_hash_file(folder: str) -> Callable[[Batches], Batches]:
    """Return a ``mapInArrow`` function: (hash bigint, id bigint) -> ``FILES_DDL``.

    A partition is held as a whole, sorted: 16 bytes a hash, and as much again while it is sorted.
    """

    def write(batches: Batches) -> Batches:
        rows = pa.Table.from_batches(batches, _SCHEMA).combine_chunks().sort_by("hash")
        yield file_rows(write_arrow_file(folder, rows.to_batches(), _SCHEMA))

    return write


def read_hash_file(file: ArrowFile) -> tuple[Hashes, Ids]:
    """Return hashes (n,) uint64 and ids (n,) int64, both mapped from the disk of the node."""
    with pa.memory_map(str(local_copy(file.path, file.digest))) as source:
        rows = pa.ipc.open_file(source).read_all()
    if rows.num_rows == 0:
        return np.empty(0, np.uint64), np.empty(0, np.int64)
    batch = rows.combine_chunks().to_batches()[0]
    return batch["hash"].to_numpy().view(np.uint64), batch["id"].to_numpy()

"""Hashes and their ids as Arrow files, one for each partition, which every task of a search maps."""

import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from realsyn_lib.dedup.bands import Hashes
from realsyn_lib.embeddings import Ids
from realsyn_lib.files import write_bytes
from realsyn_lib.node_files import local_copy

HASH_FILES_DDL = "path string, digest string, row_count bigint"
_SCHEMA = pa.schema([("hash", pa.int64()), ("id", pa.int64())])
Batches = Iterator[pa.RecordBatch]


@dataclass(frozen=True)
class HashFile:
    """An Arrow file of hashes and ids, its SHA-256 (hex) and its rows."""

    path: str
    digest: str
    row_count: int


def write_hash_file(folder: str) -> Callable[[Batches], Batches]:
    """Return a ``mapInArrow`` function: (hash bigint, id bigint) -> ``HASH_FILES_DDL``.

    A partition is held as a whole: 16 bytes a hash, and as much again while it is sorted. Sorted
    and named by its content, so that a task that is tried again writes the same file.
    """

    def write(batches: Batches) -> Batches:
        rows = pa.Table.from_batches(batches, _SCHEMA).combine_chunks().sort_by("hash")
        target = io.BytesIO()
        with pa.ipc.new_file(target, _SCHEMA) as file:
            file.write_table(rows)
        data = target.getvalue()
        digest = hashlib.sha256(data).hexdigest()
        path = f"{folder}/{digest}.arrow"
        write_bytes(path, data)
        facts = [[path], [digest], [rows.num_rows]]
        yield pa.RecordBatch.from_arrays(
            [pa.array(fact) for fact in facts], names=["path", "digest", "row_count"]
        )

    return write


def read_hash_file(file: HashFile) -> tuple[Hashes, Ids]:
    """Return hashes (n,) uint64 and ids (n,) int64, both mapped from the disk of the node."""
    with pa.memory_map(str(local_copy(file.path, file.digest))) as source:
        rows = pa.ipc.open_file(source).read_all()
    if rows.num_rows == 0:
        return np.empty(0, np.uint64), np.empty(0, np.int64)
    batch = rows.combine_chunks().to_batches()[0]
    return batch["hash"].to_numpy().view(np.uint64), batch["id"].to_numpy()

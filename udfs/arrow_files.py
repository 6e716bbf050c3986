"""Arrow files that tasks write and later tasks map, each named by its content."""

import hashlib
import io
from collections.abc import Iterable
from dataclasses import asdict, dataclass

import pyarrow as pa

from realsyn_lib.files import write_bytes

FILES_DDL = "path string, digest string, row_count bigint"


@dataclass(frozen=True, order=True)
class ArrowFile:
    """An Arrow IPC file, its SHA-256 (hex) and its rows."""

    path: str
    digest: str
    row_count: int


def write_arrow_file(folder: str, parts: Iterable[pa.RecordBatch], schema: pa.Schema) -> ArrowFile:
    """Write record batches as a file that a task that is tried again writes under the same name.

    The file is in memory as a whole, twice for a moment.
    """
    target, rows = io.BytesIO(), 0
    with pa.ipc.new_file(target, schema) as file:
        for part in parts:
            file.write_batch(part)
            rows += part.num_rows
    data = target.getvalue()
    digest = hashlib.sha256(data).hexdigest()
    path = f"{folder}/{digest}.arrow"
    write_bytes(path, data)
    return ArrowFile(path, digest, rows)


def file_rows(*files: ArrowFile) -> pa.RecordBatch:
    """Return files as rows of ``FILES_DDL``."""
    return pa.RecordBatch.from_pylist([asdict(file) for file in files])

"""What a task has fetched so far, kept beside the warehouse until its bucket is committed."""

import io
import secrets
from collections.abc import Iterator

import pyarrow as pa
from pyarrow import fs

from realsyn_lib.files import open_file_system, write_bytes

_SUFFIX = ".arrow"


class FetchJournal:
    """Batches of fetched rows, a file each, in the folder of one partition of a bucket's plan.

    A file appears whole or not at all, so a task that is tried again, or a run that goes on after a
    kill, finds what was written: only rows that were on their way are asked for again. The folder's
    name must hold all that decides which rows the partition has.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._writer = secrets.token_hex(4)  # two attempts at a task must not share a name
        self._count = 0

    def read(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows of earlier attempts, each once by its image_id."""
        system, path = open_file_system(self._folder)
        found = system.get_file_info(fs.FileSelector(path, allow_not_found=True))
        seen: set[int] = set()
        for info in sorted(found, key=lambda info: str(info.base_name)):
            if not info.base_name.endswith(_SUFFIX) or info.base_name.startswith("."):
                continue
            with system.open_input_stream(info.path) as stream:
                batches = list(pa.ipc.open_stream(stream.readall()))
            for batch in batches:
                ids = batch["image_id"].to_pylist()
                fresh = [one not in seen for one in ids]
                seen.update(ids)
                yield batch if all(fresh) else batch.filter(pa.array(fresh))

    def write(self, batch: pa.RecordBatch) -> None:
        """Keep a batch."""
        sink = io.BytesIO()
        with pa.ipc.new_stream(sink, batch.schema) as stream:
            stream.write_batch(batch)
        self._count += 1
        name = f"{self._writer}-{self._count:08d}{_SUFFIX}"
        write_bytes(f"{self._folder}/{name}", sink.getvalue())

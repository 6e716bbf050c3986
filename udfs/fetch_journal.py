"""What a task has fetched so far, kept beside the warehouse until its bucket is committed."""

import io
import secrets
from collections.abc import Callable, Iterator

import pyarrow as pa
from pyspark import TaskContext

from realsyn_lib.fetch.urls import is_web_url
from realsyn_lib.files import entries, open_file_system, write_bytes

Batches = Iterator[pa.RecordBatch]
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
        system, _ = open_file_system(self._folder)
        seen: set[int] = set()
        for info in entries(self._folder):
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


def journaled(
    fetch: Callable[[Batches], Batches], folder: str | None
) -> Callable[[Batches], Batches]:
    """Return ``fetch`` as a function that keeps what it gives of the web, and never asks for it again.

    Rows have image_id and, when they come, url. They are kept in ``folder``, in one of the partition's own,
    until the caller removes it; None: nothing is kept. Files are read again, at no one's cost.
    """
    if folder is None:
        return fetch

    def work(batches: Batches) -> Batches:
        journal, known = FetchJournal(f"{folder}/{_partition()}"), set[int]()
        for batch in journal.read():
            known.update(batch["image_id"].to_pylist())
            yield batch
        for batch in fetch(_without(batches, known)):
            is_web = [is_web_url(url) for url in batch["url"].to_pylist()]
            if any(is_web):
                journal.write(batch if all(is_web) else batch.filter(pa.array(is_web)))
            yield batch

    return work


def _without(batches: Batches, known: set[int]) -> Batches:
    for batch in batches:
        fresh = [one not in known for one in batch["image_id"].to_pylist()]
        yield batch if all(fresh) else batch.filter(pa.array(fresh))


def _partition() -> int:
    context = TaskContext.get()
    return context.partitionId() if context else 0

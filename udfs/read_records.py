"""Files of many documents -> rows of ``documents``, and how many each file held."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from typing import Any

import pyarrow as pa

from realsyn_lib.files import open_seekable
from realsyn_lib.sources.formats import SourceFormat, source_format
from realsyn_lib.sources.records import FoundRecord, limits_of
from realsyn_lib.tables import DOCUMENTS
from udfs.read_documents import Batches, few_at_a_time

FILES_DDL = "source string, path string, size_bytes bigint, reason string, chosen array<string>"
PLACES_DDL = "source string, locator string"
RECORDS_READ = "records_read"
COUNTED_DDL = f"{DOCUMENTS.schema_of()}, {RECORDS_READ} bigint"
_RECORDS = pa.schema(
    [(name, pa.string()) for name in ("source", "locator", "url", "reason", "detail")]
    + [("bytes", pa.binary())]
)
_PLACES = pa.schema([("source", pa.string()), ("locator", pa.string())])
_PLACES_AT_ONCE = 10_000
_NO_DOCUMENT = {
    "document_id": 0, "source": "", "locator": "", "url": "", "image_count": 0,
    "sentence_count": 0, "items": [],
}  # fmt: skip
File = dict[str, Any]


def reading_records(
    format_name: str, extract: Callable[[Batches], Batches], max_bytes: int
) -> Callable[[Batches], Batches]:
    """Return ``extract`` as a ``mapInArrow`` function of files of many documents.

    Takes rows of ``FILES_DDL``, gives rows of ``COUNTED_DDL``: those of ``DOCUMENTS``, and after
    those of each file one more, which no document is, whose ``records_read`` is how many records
    the reader took from the file. It counts them before any is parsed. Where ``chosen`` is not
    null, only the records with those locators are taken.

    A file is read once, from its start, and never held: at most 64 records or 16 MB, and one record
    of ``max_bytes`` as it was sent and decoded.
    """

    def work(batches: Batches) -> Batches:
        form = source_format(format_name)
        for file in _files(batches):
            counter = _Counter(_records(form, file, max_bytes))
            for rows in extract(few_at_a_time(counter, _RECORDS)):
                yield rows.append_column(RECORDS_READ, pa.nulls(rows.num_rows, pa.int64()))
            yield _count_row(file["source"], counter.count)

    return work


def listing_places(format_name: str, max_bytes: int) -> Callable[[Batches], Batches]:
    """Return a ``mapInArrow`` function: files (``FILES_DDL``) -> the places of their records.

    What ``--limit`` chooses from. Reads each file to its end; nothing is parsed.
    """

    def work(batches: Batches) -> Batches:
        form = source_format(format_name)
        for file in _files(batches):
            held: list[str] = []
            for record in _records(form, file, max_bytes):
                held.append(record["locator"])
                if len(held) == _PLACES_AT_ONCE:
                    yield _places(file["source"], held)
                    held = []
            yield _places(file["source"], held)

    return work


class _Counter:
    """Passes records on and counts them."""

    def __init__(self, records: Iterable[File]) -> None:
        self._records, self.count = records, 0

    def __iter__(self) -> Iterator[File]:
        for record in self._records:
            self.count += 1
            yield record


def _files(batches: Batches) -> Iterator[File]:
    return (row for batch in batches for row in batch.to_pylist())


def _records(form: SourceFormat, file: File, max_bytes: int) -> Iterator[File]:
    """Yield the records of a file that are wanted, as rows of ``_RECORDS``."""
    chosen = None if file["chosen"] is None else set(file["chosen"])
    for record in _found(form, file, max_bytes):
        if chosen is None or record.locator in chosen:
            row = asdict(record)
            yield {"source": file["source"], "bytes": row.pop("data"), **row}


def _found(form: SourceFormat, file: File, max_bytes: int) -> Iterator[FoundRecord]:
    assert form.read_records is not None
    if file["reason"]:
        yield FoundRecord("", reason=file["reason"])
    elif not file["size_bytes"]:
        yield FoundRecord("", reason="empty_file")
    else:
        try:
            opened = open_seekable(file["path"])
        except OSError as error:
            yield FoundRecord("", reason="unreadable", detail=str(error.strerror or error)[:200])
            return
        with opened:
            yield from form.read_records(opened, limits_of(file["size_bytes"], max_bytes))


def _places(source: str, locators: list[str]) -> pa.RecordBatch:
    arrays = [pa.array([source] * len(locators), pa.string()), pa.array(locators, pa.string())]
    return pa.RecordBatch.from_arrays(arrays, schema=_PLACES)


def _count_row(source: str, count: int) -> pa.RecordBatch:
    """Return the row that tells a file's records; what it says of a document means nothing."""
    schema = DOCUMENTS.arrow_schema().append(pa.field(RECORDS_READ, pa.int64()))
    told = {"source": source, RECORDS_READ: count}
    return pa.RecordBatch.from_pylist([_NO_DOCUMENT | told], schema=schema)

"""Pictures that lie in a column of the input -> the rows that fetching their files would give."""

from collections.abc import Callable, Iterator

import pyarrow as pa

from realsyn_lib.tables import IMAGE_BYTES
from udfs.fetched import Fetched
from udfs.fetched_row import COLUMNS, fetched_row

Batches = Iterator[pa.RecordBatch]
_READ = ("image_id", "url", "size_bytes", "bytes")
_ROWS_AT_ONCE = 16  # pictures that a task holds a second and third time


def stored_bytes(max_bytes: int, opted_out: frozenset[str]) -> Callable[[Batches], Batches]:
    """Return a ``mapInArrow`` function whose output has ``COLUMNS``, typed as in ``IMAGE_BYTES``.

    Expects image_id (bigint), url (string), size_bytes (bigint: of the value; null where there is none) and
    bytes (binary; null where there is none or more than ``max_bytes``). ``opted_out`` holds SHA-256 digests
    (lower-case hex) of bytes that must not be kept.
    """
    schema = IMAGE_BYTES.arrow_schema(*COLUMNS)

    def row_of(image_id: int, url: str, size: int | None, body: bytes | None) -> dict[str, object]:
        return fetched_row(image_id, url, _outcome(size, body, max_bytes), opted_out)

    def judge(batches: Batches) -> Batches:
        for batch in batches:
            for start in range(0, batch.num_rows, _ROWS_AT_ONCE):
                part = batch.slice(start, _ROWS_AT_ONCE)
                values = (part[name].to_pylist() for name in _READ)
                rows = [row_of(*row) for row in zip(*values, strict=True)]
                yield pa.RecordBatch.from_pylist(rows, schema=schema)

    return judge


def _outcome(size: int | None, body: bytes | None, max_bytes: int) -> Fetched:
    if size is None:
        return Fetched(reason="not_found", detail="the row holds no picture")
    if body is None:
        return Fetched(reason="body_too_large", detail=f"{size} bytes, at most {max_bytes}")
    return Fetched(body=body)

"""Files that are one document each: path -> bytes, or the reason why there are none."""

from collections.abc import Callable, Iterable, Iterator

import pyarrow as pa

from realsyn_lib.files import open_file_system

Batches = Iterator[pa.RecordBatch]
SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("source", "locator", "reason", "detail")]
    + [("bytes", pa.binary())]
)


_ROWS_AT_ONCE, _BYTES_AT_ONCE = 64, 16 * 2**20


def reading(extract: Callable[[Batches], Batches], max_bytes: int) -> Callable[[Batches], Batches]:
    """Return ``extract`` as a ``mapInArrow`` function of files (source, path, size_bytes, reason).

    Read and parsed in one worker: the bytes of a page never leave it.
    """

    def work(batches: Batches) -> Batches:
        yield from extract(read_documents(batches, max_bytes))

    return work


def read_documents(batches: Batches, max_bytes: int) -> Batches:
    """Read each file of (source, path, size_bytes, reason); a few, and few bytes, at a time.

    A file larger than ``max_bytes`` is not opened; one that cannot be read gets a reason.
    """
    rows = (_read(row, max_bytes) for batch in batches for row in batch.to_pylist())
    yield from few_at_a_time(rows, SCHEMA)


def few_at_a_time(rows: Iterable[dict[str, object]], schema: pa.Schema) -> Batches:
    """Gather rows with ``bytes`` into batches of few rows and few bytes."""
    held: list[dict[str, object]] = []
    size = 0
    for row in rows:
        held.append(row)
        size += len(row.get("bytes") or b"")  # type: ignore[arg-type]
        if len(held) == _ROWS_AT_ONCE or size >= _BYTES_AT_ONCE:
            yield pa.RecordBatch.from_pylist(held, schema=schema)
            held, size = [], 0
    if held:
        yield pa.RecordBatch.from_pylist(held, schema=schema)


def _read(row: dict[str, object], max_bytes: int) -> dict[str, object]:
    found = {"source": row["source"], "locator": "", "reason": row["reason"]}
    if row["reason"]:
        return found
    if int(str(row["size_bytes"])) > max_bytes:
        detail = f"{row['size_bytes']} bytes, at most {max_bytes} are read"
        return {**found, "reason": "document_too_large", "detail": detail}
    try:
        return {**found, "bytes": _bytes_of(str(row["path"]), max_bytes)}
    except OSError as error:
        return {**found, "reason": "unreadable", "detail": str(error.strerror or error)[:200]}


def _bytes_of(path: str, max_bytes: int) -> bytes:
    if "://" not in path:
        with open(path, "rb") as file:
            return file.read(max_bytes + 1)
    system, inner = open_file_system(path)
    with system.open_input_stream(inner) as stream:
        return bytes(stream.read(max_bytes + 1))

"""Image bytes of each URL: from below the image root, or over HTTP."""

import time
from collections.abc import Callable, Iterator, Mapping
from itertools import chain, islice
from queue import Empty

import pyarrow as pa

from realsyn_lib.failpoints import reach
from realsyn_lib.fetch.rules import FetchRules
from realsyn_lib.tables import IMAGE_BYTES
from udfs.fetched import Fetched
from udfs.fetched_row import COLUMNS, Row, fetched_row
from udfs.read_files import file_reader
from udfs.web_fetcher import WebFetcher

_LOOKED_AHEAD = 20_000  # rows that a task knows of: enough hosts to be busy while some are slow
_BATCH_BYTES = 2**23
_BATCH_S = 1.0  # a kill loses what came within it


def fetch_bytes(
    rules: FetchRules, image_roots: tuple[str, ...], opted_out: frozenset[str],
    lanes: Mapping[str, int] | None = None,
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:  # fmt: skip
    """Return a ``mapInArrow`` function whose output has ``COLUMNS``, typed as in ``IMAGE_BYTES``.

    Expects ``image_id`` (bigint) and ``url`` (string); rows come out as they end. ``opted_out``
    holds SHA-256 digests (lower-case hex) of bytes that must not be kept, ``lanes`` for each host of
    many rows the number of tasks that share it. A task holds some ``room_bytes + 2 * max_body_bytes``
    of bodies, with files 16 ``max_body_bytes`` more.
    """

    def fetch(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        wanted = chain.from_iterable(
            zip(b["image_id"].to_pylist(), b["url"].to_pylist(), strict=True) for b in batches
        )
        get_file = _below_any(image_roots, rules.max_body_bytes)
        with WebFetcher(rules, dict(lanes or {}), get_file) as fetcher:
            most = min(rules.max_batch_bytes, rules.room_bytes // 4, _BATCH_BYTES)
            for batch, size in _batches(_rows(fetcher, wanted, opted_out), most):
                reach("fetch_bytes.batch")
                yield batch
                fetcher.freed(size)

    return fetch


def _rows(
    fetcher: WebFetcher, wanted: Iterator[tuple[int, str]], opted_out: frozenset[str]
) -> Iterator[tuple[Row, int] | None]:
    """Yield rows as they end, each with the bytes that came; None where none did for a while."""
    on_their_way = 0
    while True:
        more = list(islice(wanted, _LOOKED_AHEAD - on_their_way))
        fetcher.ask(more)
        on_their_way += len(more)
        if not on_their_way:
            return
        fewest = _LOOKED_AHEAD // 2 if more else 0
        while on_their_way > fewest:
            try:
                job, fetched = fetcher.next_done(_BATCH_S)
            except Empty:
                yield None
                continue
            on_their_way -= 1
            row = fetched_row(job.image_id, job.asked_url, fetched, opted_out)
            yield row, len(fetched.body or b"")


def _batches(
    rows: Iterator[tuple[Row, int] | None], max_bytes: int
) -> Iterator[tuple[pa.RecordBatch, int]]:
    """Cut batches by bytes and by time, each with the bytes of bodies that it stands for."""
    schema = IMAGE_BYTES.arrow_schema(*COLUMNS)
    held: list[Row] = []
    size, came, since = 0, 0, time.monotonic()
    for found in rows:
        if found is not None:
            row, count = found
            held.append(row)
            came += count
            size += len(row["bytes"] or b"") + 256
        if held and (size >= max_bytes or time.monotonic() - since >= _BATCH_S):
            yield pa.RecordBatch.from_pylist(held, schema=schema), came
            held, size, came, since = [], 0, 0, time.monotonic()
    if held:
        yield pa.RecordBatch.from_pylist(held, schema=schema), came


def _below_any(image_roots: tuple[str, ...], max_bytes: int) -> Callable[[str], Fetched]:
    """Read a relative URL below the one root that has it.

    Two roots that have it with different content leave no telling which a page means: neither is
    taken. The listing refuses such inputs where it sees the pictures; beside pages that were named
    one by one it does not.
    """
    readers = [(root, file_reader(root, max_bytes)) for root in image_roots]

    def get(url: str) -> Fetched:
        taken, taken_root = Fetched(reason="not_found", detail="no such file"), ""
        for root, reader in readers:
            found = reader(url)
            if taken.reason == "not_found":
                taken, taken_root = found, root
            elif found.reason != "not_found" and found != taken:
                detail = f"{taken_root} and {root} have different files of this name"
                return Fetched(reason="id_collision", detail=detail)
        return taken

    return get

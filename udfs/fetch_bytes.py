"""Image bytes of each URL: from below the image root, or over HTTP."""

import hashlib
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain
from typing import Any

import pyarrow as pa

from realsyn_lib.fetch.rules import FetchRules
from realsyn_lib.fetch.urls import is_web_url
from realsyn_lib.images.faults import printable
from realsyn_lib.tables import IMAGE_BYTES
from udfs.fetched import Fetched
from udfs.http_get import HttpFetcher
from udfs.read_files import file_reader

COLUMNS = (
    "image_id", "url", "content_id", "sha256", "size_bytes", "http_status", "bytes",
    "drop_reason", "detail",
)  # fmt: skip

Row = dict[str, Any]


def fetch_bytes(
    rules: FetchRules, image_roots: tuple[str, ...], opted_out: frozenset[str]
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return a ``mapInArrow`` function whose output has ``COLUMNS``, typed as in ``IMAGE_BYTES``.

    Expects ``image_id`` (bigint) and ``url`` (string). Rows keep their order. ``opted_out``
    holds SHA-256 digests (lower-case hex) of bytes that must not be kept. A task holds at most
    ``2 * threads * max_body_bytes + max_batch_bytes`` of bodies, with several roots 3 instead of 2.
    """

    def fetch(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        get_file, get_web = _below_any(image_roots, rules.max_body_bytes), HttpFetcher(rules).fetch

        def row_of(image_id: int, url: str) -> Row:
            return _row(image_id, url, (get_web if is_web_url(url) else get_file)(url), opted_out)

        asked = chain.from_iterable(
            zip(b["image_id"].to_pylist(), b["url"].to_pylist(), strict=True) for b in batches
        )
        yield from _batches(_in_order(row_of, asked, rules.threads), rules.max_batch_bytes)

    return fetch


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


def _in_order(
    row_of: Callable[[int, str], Row], asked: Iterator[tuple[int, str]], threads: int
) -> Iterator[Row]:
    """Work ahead by a bounded number of rows, and give them in the order they were asked."""
    waiting: deque[Future[Row]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for image_id, url in asked:
            waiting.append(pool.submit(row_of, image_id, url))
            if len(waiting) == 2 * threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _batches(rows: Iterator[Row], max_bytes: int) -> Iterator[pa.RecordBatch]:
    schema = IMAGE_BYTES.arrow_schema(*COLUMNS)
    held: list[Row] = []
    size = 0
    for row in rows:
        held.append(row)
        size += len(row["bytes"] or b"") + 256
        if size >= max_bytes:
            yield pa.RecordBatch.from_pylist(held, schema=schema)
            held, size = [], 0
    if held:
        yield pa.RecordBatch.from_pylist(held, schema=schema)


def _row(image_id: int, url: str, fetched: Fetched, opted_out: frozenset[str]) -> Row:
    row: Row = dict.fromkeys(COLUMNS)
    row |= {"image_id": image_id, "url": url, "http_status": fetched.status}
    if fetched.body is None:
        detail = fetched.detail and printable(fetched.detail)
        return row | {"drop_reason": fetched.reason, "detail": detail}
    if not fetched.body:
        return row | {"size_bytes": 0, "drop_reason": "empty_file"}
    digest = hashlib.sha256(fetched.body)
    row |= {"sha256": digest.hexdigest(), "size_bytes": len(fetched.body)}
    if digest.hexdigest() in opted_out:
        return row | {"drop_reason": "opt_out"}
    # The first 8 bytes of the digest, as content_hash_id takes them; hashed once, not twice.
    content_id = int.from_bytes(digest.digest()[:8], "big", signed=True)
    return row | {"content_id": content_id, "bytes": fetched.body}

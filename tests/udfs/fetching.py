"""Fetching a few addresses in this process, as a task does."""

from typing import Any

import pyarrow as pa

from realsyn_lib.fetch.rules import FetchRules
from udfs.fetch_bytes import fetch_bytes

LIMIT = 100_000  # bytes of a body


def rules(allow=(), **changes: Any) -> FetchRules:
    """Return quick rules: no robots.txt, one retry."""
    settings = {
        "deadline_s": 5.0, "max_body_bytes": LIMIT, "max_redirects": 5, "retries": 1,
        "backoff_s": 0.05, "user_agent": "test-agent/1", "allow_hosts": tuple(allow),
        "max_batch_bytes": 10**6, "robots": False,
    }  # fmt: skip
    return FetchRules(**(settings | changes))


def fetch_all(urls, root, limits, opted_out=frozenset(), **more: Any) -> list[pa.RecordBatch]:
    """Fetch addresses; their numbers are the ids."""
    asked = pa.RecordBatch.from_pydict(
        {"image_id": pa.array(range(len(urls)), pa.int64()), "url": pa.array(urls, pa.string())}
    )
    return list(fetch_bytes(limits, (str(root),), opted_out, **more)(iter([asked])))


def fetch_one(url, root=".", limits=None, opted_out=frozenset()) -> dict[str, Any]:
    """Fetch one address."""
    (batch,) = fetch_all([url], root, limits or rules(), opted_out)
    return batch.to_pylist()[0]


def rows_by_url(batches: list[pa.RecordBatch]) -> dict[str, dict[str, Any]]:
    """Return the rows by the address they were asked at."""
    return {row["url"]: row for batch in batches for row in batch.to_pylist()}

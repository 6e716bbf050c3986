"""Fetched files held to the SHA-256 that the input states of them."""

from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from udfs.rows_under_way import with_column_beside

Batches = Iterator[pa.RecordBatch]
_STATED = "stated_sha256"


def held_to_digests(fetch: Callable[[Batches], Batches]) -> Callable[[Batches], Batches]:
    """Return ``fetch`` as a function that refuses files which are not those that are stated.

    Expects ``stated_sha256`` (string: digests, lower-case hex, a blank between two; null where none is
    stated) and image_id (unique) beside what ``fetch`` wants, and appends it to the rows of ``fetch``, which
    have image_id, sha256, content_id, bytes, drop_reason and detail. A file with another digest loses its
    bytes and gets the reason ``hash_mismatch``; its own digest stays, to be looked up.
    """

    def work(batches: Batches) -> Batches:
        for batch, told in with_column_beside(fetch, _STATED, batches):
            yield _judged(batch, told)

    return work


def _judged(batch: pa.RecordBatch, told: list[str | None]) -> pa.RecordBatch:
    """Judge the rows of a batch by the digests that are stated of them."""
    both = zip(told, batch["sha256"].to_pylist(), strict=True)
    wrong = [bool(one and found and found not in one.split()) for one, found in both]
    if any(wrong):
        batch = _refused(batch, pa.array(wrong), told)
    return batch.append_column(_STATED, pa.array(told, pa.string()))


def _refused(
    batch: pa.RecordBatch, wrong: pa.BooleanArray, told: list[str | None]
) -> pa.RecordBatch:
    details = [one and f"stated is {one}" for one in told]
    fresh: dict[str, Any] = {
        "bytes": None, "content_id": None, "drop_reason": "hash_mismatch",
        "detail": pa.array(details, pa.string()),
    }  # fmt: skip
    for name, value in fresh.items():
        at = batch.schema.get_field_index(name)
        kind = batch.schema.field(at).type
        value = value if isinstance(value, pa.Array) else pa.scalar(value, kind)
        batch = batch.set_column(at, batch.schema.field(at), pc.if_else(wrong, value, batch[name]))
    return batch

"""Rows of ``documents`` without what a request names: the row stays, for the account, its content goes."""

import hashlib
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from realsyn_lib.ids import content_hash_id
from realsyn_lib.opt_out import OptOut

FORGOTTEN_SOURCE = (
    "opt_out"  # source of a row whose document was taken out; its locator is a digest
)
REASON = "opt_out"
_TEXTS = ("text", "url", "raw_url", "alt_text", "sha256")


def without_named(rows: pa.RecordBatch, opt_out: OptOut) -> tuple[pa.RecordBatch, list[int]]:
    """Return rows of ``documents`` without what is named, and the numbers of those that changed.

    A named document keeps a row that tells nothing of it. In others a picture whose address is named, or was
    refused as ``opt_out``, keeps its place without address and text, and a paragraph that holds a named value
    keeps its place without words. Done twice it changes nothing.

    Args:
        rows: in the schema of ``DOCUMENTS``.
        opt_out: the requests.
    """
    touched = sorted(_whole(rows, opt_out) | _in_items(rows["items"], opt_out))
    if not touched:
        return rows, []
    fresh = pa.RecordBatch.from_pylist(
        [_row(row, opt_out) for row in rows.take(pa.array(touched)).to_pylist()], schema=rows.schema
    )
    changed = [
        number
        for place, number in enumerate(touched)
        if not fresh.slice(place, 1).equals(rows.slice(number, 1))
    ]
    both = pa.Table.from_batches([rows, fresh])
    order = list(range(rows.num_rows))
    for place, number in enumerate(touched):
        order[number] = rows.num_rows + place
    (whole,) = both.take(pa.array(order)).combine_chunks().to_batches(max_chunksize=rows.num_rows)
    return whole, changed


def _whole(rows: pa.RecordBatch, opt_out: OptOut) -> set[int]:
    """Rows that are named themselves, or whose few words are."""
    columns = [rows[name].to_pylist() for name in ("url", "source", "locator", "title", "detail")]
    return {
        number
        for number, (url, *texts) in enumerate(zip(*columns, strict=True))
        if opt_out.covers_document(url)
        or any(text and opt_out.names_in(text) for text in (url, *texts))
    }


def _in_items(items: pa.ListArray, opt_out: OptOut) -> set[int]:
    structs, parents = items.flatten(), items.value_parent_indices()
    reasons = structs.field("url_reason").to_pylist()
    hit = {number for number, reason in enumerate(reasons) if reason == REASON}
    for name in _TEXTS:
        texts = structs.field(name).to_pylist()
        hit |= {number for number, text in enumerate(texts) if text and opt_out.names_in(text)}
    return set(parents.take(pa.array(sorted(hit), pa.int64())).to_pylist())


def _row(row: Mapping[str, Any], opt_out: OptOut) -> dict[str, Any]:
    if opt_out.covers_document(row["url"]) or any(
        opt_out.names_in(row[name]) for name in ("url", "source", "locator")
    ):
        return _emptied(row)
    fresh = dict(row)
    for name in ("title", "detail"):
        fresh[name] = None if row[name] and opt_out.names_in(row[name]) else row[name]
    fresh["items"] = [_item(item, opt_out) for item in row["items"]]
    fresh["sentence_count"] = sum(len(item["sentences"] or ()) for item in fresh["items"])
    return fresh


def _emptied(row: Mapping[str, Any]) -> dict[str, Any]:
    place = hashlib.sha256(
        f"{row['source']}\0{row['locator']}".encode("utf-8", "replace")
    ).hexdigest()
    return {
        "document_id": content_hash_id(f"{FORGOTTEN_SOURCE}/{place}"),
        "source": FORGOTTEN_SOURCE,
        "locator": place,
        "url": "",
        "title": None,
        "image_count": 0,
        "sentence_count": 0,
        "items": [],
        "drop_reason": REASON,
        "detail": None,
    }


def _item(item: Mapping[str, Any], opt_out: OptOut) -> dict[str, Any]:
    if item["kind"] == "image":
        is_named = item["url_reason"] == REASON or any(
            item[name] and opt_out.names_in(item[name]) for name in ("url", "raw_url", "sha256")
        )
        if is_named:
            gone = {"url": None, "raw_url": "", "alt_text": None, "sha256": None}
            return {**item, **gone, "url_reason": REASON}
        if item["alt_text"] and opt_out.names_in(item["alt_text"]):
            return {**item, "alt_text": None}
        return dict(item)
    is_named = bool(item["text"]) and opt_out.names_in(item["text"])
    return {**item, "text": "", "sentences": []} if is_named else dict(item)

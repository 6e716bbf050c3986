"""OBELICS row -> document (four columns: images, texts, metadata, general_metadata)."""

from typing import Any

import pyarrow as pa

from realsyn_lib.documents import Document, refused
from realsyn_lib.sources.interleaved import (
    BadRowError,
    items_in,
    json_in,
    page_address,
    slots_of,
)

OBELICS_SCHEMA = pa.schema(
    [
        ("images", pa.list_(pa.string())),
        ("texts", pa.list_(pa.string())),
        ("metadata", pa.string()),
        ("general_metadata", pa.string()),
    ]
)
END_OF_DOCUMENT = "END_OF_DOCUMENT_TOKEN_TO_BE_REPLACED"  # between texts that once were separate


def parse_obelics(
    source: str,
    locator: str,
    images: list[str | None] | None,
    texts: list[str | None] | None,
    metadata: str | None,
    general_metadata: str | None,
) -> Document:
    """Read one row.

    At each index either an image address or a text; both null is a gap and skipped. Relative
    image addresses resolve under the image root, not against the page.

    Returns:
        The document; with a ``reason`` where the lists differ in length, an index holds both, the
        metadata is not what it should be, or the page's address is refused.
    """
    try:
        slots = slots_of(images, texts)
        entries = _entries(metadata, len(slots[0]))
        url = page_address(_page_url(entries, general_metadata))
    except BadRowError as bad:
        return refused(source, locator, *bad.args)
    alt_texts = map(_alt_text, entries)
    items = items_in(*slots, alt_texts, blocks_of=lambda text: text.split(END_OF_DOCUMENT))
    return Document(source, locator, url, None, items)


def _entries(metadata: str | None, count: int) -> list[dict[str, Any] | None]:
    """Return one metadata entry for each index."""
    entries = json_in("metadata", metadata)
    if not isinstance(entries, list):
        raise BadRowError("bad_metadata", f"metadata is {type(entries).__name__}, expected a list")
    for index, entry in enumerate(entries):
        if entry is not None and not isinstance(entry, dict):
            raise BadRowError("bad_metadata", f"metadata[{index}] is {type(entry).__name__}")
    if len(entries) != count:
        raise BadRowError("length_mismatch", f"images {count}, metadata {len(entries)}")
    return entries


def _page_url(entries: list[dict[str, Any] | None], general_metadata: str | None) -> str:
    general = json_in("general_metadata", general_metadata) if general_metadata else {}
    if not isinstance(general, dict):
        raise BadRowError("bad_metadata", f"general_metadata is {type(general).__name__}")
    named = [general.get("url"), *(entry.get("document_url") for entry in entries if entry)]
    urls = [url for url in named if url]
    if not urls or not isinstance(urls[0], str):
        raise BadRowError("bad_metadata", "no page address in general_metadata.url or document_url")
    return urls[0]


def _alt_text(entry: dict[str, Any] | None) -> str | None:
    alt = (entry or {}).get("alt_text")
    return alt if isinstance(alt, str) else None

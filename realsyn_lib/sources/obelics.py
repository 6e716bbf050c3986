"""OBELICS row -> document (four columns: images, texts, metadata, general_metadata)."""

import json
from typing import Any

import pyarrow as pa

from realsyn_lib.documents import Document, Item, Paragraph, image_item, refused
from realsyn_lib.sentences.clean import paragraphs_of
from realsyn_lib.urls import canonical_url

OBELICS_SCHEMA = pa.schema(
    [
        ("images", pa.list_(pa.string())),
        ("texts", pa.list_(pa.string())),
        ("metadata", pa.string()),
        ("general_metadata", pa.string()),
    ]
)
END_OF_DOCUMENT = "END_OF_DOCUMENT_TOKEN_TO_BE_REPLACED"  # between texts that once were separate


class _BadRowError(ValueError):
    """Internal: the row's reason and detail."""


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
        entries, url = _checked(images, texts, metadata, general_metadata)
    except _BadRowError as bad:
        return refused(source, locator, *bad.args)
    items: list[Item] = []
    for image, text, entry in zip(images or (), texts or (), entries, strict=True):
        if image is not None:
            items.append(image_item(image, "", _alt_text(entry)))
        elif text is not None:
            blocks = text.split(END_OF_DOCUMENT)
            items.extend(Paragraph(found) for block in blocks for found in paragraphs_of(block))
    return Document(source, locator, url, None, tuple(items))


def _checked(
    images: list[str | None] | None,
    texts: list[str | None] | None,
    metadata: str | None,
    general_metadata: str | None,
) -> tuple[list[dict[str, Any] | None], str]:
    """Return one metadata entry for each index and the page's canonical address."""
    if images is None or texts is None or len(images) != len(texts):
        sizes = [None if part is None else len(part) for part in (images, texts)]
        raise _BadRowError("length_mismatch", f"images {sizes[0]}, texts {sizes[1]}")
    for index, (image, text) in enumerate(zip(images, texts, strict=True)):
        if image is not None and text is not None:
            raise _BadRowError("position_conflict", f"index {index} holds an image and a text")
    entries = _entries(metadata)
    if len(entries) != len(images):
        raise _BadRowError("length_mismatch", f"images {len(images)}, metadata {len(entries)}")
    address = canonical_url(_page_url(entries, general_metadata), "")
    if address.url is None:
        raise _BadRowError("bad_url", f"the page's address: {address.refusal}")
    return entries, address.url


def _entries(metadata: str | None) -> list[dict[str, Any] | None]:
    entries = _json("metadata", metadata)
    if not isinstance(entries, list):
        raise _BadRowError("bad_metadata", f"metadata is {type(entries).__name__}, expected a list")
    for index, entry in enumerate(entries):
        if entry is not None and not isinstance(entry, dict):
            raise _BadRowError("bad_metadata", f"metadata[{index}] is {type(entry).__name__}")
    return entries


def _page_url(entries: list[dict[str, Any] | None], general_metadata: str | None) -> str:
    general = _json("general_metadata", general_metadata) if general_metadata else {}
    if not isinstance(general, dict):
        raise _BadRowError("bad_metadata", f"general_metadata is {type(general).__name__}")
    named = [general.get("url"), *(entry.get("document_url") for entry in entries if entry)]
    urls = [url for url in named if url]
    if not urls or not isinstance(urls[0], str):
        raise _BadRowError(
            "bad_metadata", "no page address in general_metadata.url or document_url"
        )
    return urls[0]


def _json(name: str, text: str | None) -> Any:
    if text is None:
        raise _BadRowError("bad_metadata", f"{name} is null")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _BadRowError("bad_metadata", f"{name}: {str(error)[:200]}") from error


def _alt_text(entry: dict[str, Any] | None) -> str | None:
    alt = (entry or {}).get("alt_text")
    return alt if isinstance(alt, str) else None

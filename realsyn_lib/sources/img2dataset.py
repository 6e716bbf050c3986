"""img2dataset's output (webdataset shards, or files side by side) -> a document for each sample."""

from typing import Any

from realsyn_lib.documents import Document, Item, Paragraph, image_item, refused
from realsyn_lib.sentences.clean import paragraphs_of
from realsyn_lib.sources.interleaved import BadRowError
from realsyn_lib.sources.samples import (
    PICTURES,
    TEXTS,
    SampleLayout,
    address_of,
    facts_of,
    members_of,
    picture_in,
    text_of,
)
from realsyn_lib.urls import canonical_url, is_web

IMG2DATASET_LAYOUT = SampleLayout((*PICTURES, *TEXTS), TEXTS)


def parse_img2dataset(record: Any) -> Document:
    """Read one sample: its picture, known by the URL it was fetched from, then its caption.

    The document's own address is where the picture's bytes lie. Without a URL, or with one that is refused,
    that is the image's address too.

    Returns:
        The document; with a ``reason`` where the .json is none, or where there is no picture.
    """
    source, locator, members = record["source"], record["locator"], members_of(record)
    picture = picture_in(members)
    if picture is None:
        return refused(source, locator, "empty_document", f"no picture beside {', '.join(members)}")
    try:
        place, facts = address_of(source, picture), facts_of(members.get("json"))
    except BadRowError as bad:
        return refused(source, locator, *bad.args)
    caption = text_of(members["txt"]) if "txt" in members else _said(facts, "caption")
    items: list[Item] = [image_item(_web_url(facts) or place, "", caption)]
    items += [Paragraph(text) for text in paragraphs_of(caption)]
    return Document(source, locator, place, None, tuple(items))


def _web_url(facts: dict[str, Any]) -> str | None:
    """Return the URL that the picture was fetched from, as it is written there."""
    raw = _said(facts, "url")
    address = canonical_url(raw, "")
    return raw if address.url is not None and is_web(address.url) else None


def _said(facts: dict[str, Any], name: str) -> str:
    value = facts.get(name)
    return value if isinstance(value, str) else ""

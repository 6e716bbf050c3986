"""MINT-1T: rows of its HTML part, and samples of its PDF part, a page with all its pictures in one file."""

from collections.abc import Iterator
from typing import Any

from realsyn_lib.documents import Document, ImageItem, Item, Paragraph, refused
from realsyn_lib.sentences.clean import clean_text, paragraphs_of
from realsyn_lib.sources.interleaved import (
    BadRowError,
    Slots,
    json_in,
    page_address,
    read_slots,
    slots_of,
)
from realsyn_lib.sources.obelics import OBELICS_SCHEMA
from realsyn_lib.sources.samples import Kept, SampleLayout, address_of, facts_of, members_of

MINT1T_SCHEMA = OBELICS_SCHEMA
MINT1T_LAYOUT = SampleLayout(("json", "tiff"), ("json",))


def parse_mint1t(
    source: str,
    locator: str,
    images: list[str | None] | None,
    texts: list[str | None] | None,
    _metadata: str | None,
    general_metadata: str | None,
) -> Document:
    """Read one row: at each index an image address, a text, or neither.

    ``metadata`` is a text whose form its publishers have changed between versions, and tells no alt
    text: it is not read.
    """
    return read_slots(
        source, locator, images, texts, lambda: json_in("general_metadata", general_metadata)
    )


def parse_mint1t_sample(record: Any) -> Document:
    """Read one sample of an archive: ``images`` and ``texts`` of its .json, the pictures in its .tiff.

    At each index of the two lists is a picture's name, a text, or neither; the pictures that are named lie
    in the .tiff one after the other. The document is known by the ``url`` of its PDF file, without one by
    where its .json lies. Hashes beside them are not read: the publishers say that some are mislabelled.

    Returns:
        The document; with a ``reason`` where there is no .json, it is not what it should be, or pictures are
        named and there is no .tiff.
    """
    source, locator, members = record["source"], record["locator"], members_of(record)
    if "json" not in members:
        return refused(source, locator, "bad_metadata", f"no json beside {', '.join(members)}")
    try:
        facts = facts_of(members["json"])
        images, texts = slots_of(_slots(facts, "images"), _slots(facts, "texts"))
        own = facts.get("url")
        is_named = isinstance(own, str) and own
        url = page_address(str(own)) if is_named else address_of(source, members["json"])
        items = tuple(_items(source, members.get("tiff"), images, texts))
    except BadRowError as bad:
        return refused(source, locator, *bad.args)
    return Document(source, locator, url, None, items)


def _items(source: str, pictures: Kept | None, images: Slots, texts: Slots) -> Iterator[Item]:
    """Yield pictures, numbered from 0 in the file that holds them, and paragraphs."""
    frame = 0
    for image, text in zip(images, texts, strict=True):
        if image is not None:
            if pictures is None:
                raise BadRowError("bad_metadata", "pictures are named, but there is no tiff")
            yield ImageItem(clean_text(image), address_of(source, pictures, frame), None, None)
            frame += 1
        elif text is not None:
            yield from (Paragraph(paragraph) for paragraph in paragraphs_of(text))


def _slots(facts: dict[str, Any], name: str) -> list[str | None] | None:
    slots = facts.get(name)
    if slots is None:
        return None
    if not isinstance(slots, list) or any(not isinstance(slot, str | None) for slot in slots):
        raise BadRowError("bad_metadata", f"{name} is no list of texts and nulls")
    return slots

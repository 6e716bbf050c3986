"""Rows with one slot for each image or text of a page, as OBELICS, MINT-1T and OmniCorpus have them."""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from realsyn_lib.documents import Document, Item, Paragraph, image_item, refused
from realsyn_lib.sentences.clean import paragraphs_of
from realsyn_lib.urls import canonical_url

Slots = Sequence[str | None]


class BadRowError(ValueError):
    """A row that cannot be used: its reason and a detail."""


def slots_of(images: Slots | None, texts: Slots | None) -> tuple[Slots, Slots]:
    """Return both lists, of which each index holds an image or a text, or neither.

    Raises:
        BadRowError: ``length_mismatch``, or ``position_conflict`` where an index holds both.
    """
    if images is None or texts is None or len(images) != len(texts):
        sizes = [None if part is None else len(part) for part in (images, texts)]
        raise BadRowError("length_mismatch", f"images {sizes[0]}, texts {sizes[1]}")
    for index, (image, text) in enumerate(zip(images, texts, strict=True)):
        if image is not None and text is not None:
            raise BadRowError("position_conflict", f"index {index} holds an image and a text")
    return images, texts


def read_slots(
    source: str, locator: str, images: Slots | None, texts: Slots | None,
    general_metadata: Callable[[], object],
) -> Document:  # fmt: skip
    """Read one row without alt texts, whose page ``general_metadata`` names under ``url``.

    Returns:
        The document; with a ``reason`` where the lists differ in length, an index holds both, or
        general_metadata names no page.
    """
    try:
        slots = slots_of(images, texts)
        url = url_in(general_metadata())
    except BadRowError as bad:
        return refused(source, locator, *bad.args)
    return Document(source, locator, url, None, items_in(*slots, [None] * len(slots[0])))


def page_address(url: str) -> str:
    """Return the page's canonical address.

    Raises:
        BadRowError: ``bad_url``, where it is refused.
    """
    address = canonical_url(url, "")
    if address.url is None:
        raise BadRowError("bad_url", f"the page's address: {address.refusal}")
    return address.url


def items_in(
    images: Slots, texts: Slots, alt_texts: Iterable[str | None],
    digests: Iterable[str | None] | None = None,
    blocks_of: Callable[[str], list[str]] = lambda text: [text],
) -> tuple[Item, ...]:  # fmt: skip
    """Return images and paragraphs in the order of their slots.

    Relative image addresses resolve under the image root, not against the page. ``digests`` are those
    that the source states of the images' files. ``blocks_of`` cuts a
    text where its paragraphs may not run on.
    """
    items: list[Item] = []
    stated = [None] * len(images) if digests is None else digests
    for image, text, alt_text, digest in zip(images, texts, alt_texts, stated, strict=True):
        if image is not None:
            items.append(image_item(image, "", alt_text, sha256=digest))
        elif text is not None:
            items.extend(Paragraph(p) for block in blocks_of(text) for p in paragraphs_of(block))
    return tuple(items)


def json_in(name: str, text: str | None) -> Any:
    """Return the value of a JSON column.

    Raises:
        BadRowError: ``bad_metadata``, where it is null or no JSON.
    """
    if text is None:
        raise BadRowError("bad_metadata", f"{name} is null")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadRowError("bad_metadata", f"{name}: {str(error)[:200]}") from error


def url_in(general_metadata: object) -> str:
    """Return the page's address, canonical, of a general_metadata value with the key ``url``.

    Raises:
        BadRowError: ``bad_metadata`` where there is none, ``bad_url`` where it is refused.
    """
    if not isinstance(general_metadata, dict):
        kind = type(general_metadata).__name__
        raise BadRowError("bad_metadata", f"general_metadata is {kind}, expected an object")
    url = general_metadata.get("url")
    if not isinstance(url, str) or not url:
        raise BadRowError("bad_metadata", "no page address in general_metadata.url")
    return page_address(url)

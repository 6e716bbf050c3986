"""MINT-1T's HTML part: the columns of OBELICS, the page's address in general_metadata alone."""

from realsyn_lib.documents import Document, refused
from realsyn_lib.sources.interleaved import BadRowError, check_slots, items_in, json_in, url_in
from realsyn_lib.sources.obelics import OBELICS_SCHEMA

MINT1T_SCHEMA = OBELICS_SCHEMA


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

    Returns:
        The document; with a ``reason`` where the lists differ in length, an index holds both, or
        general_metadata names no page.
    """
    try:
        check_slots(images, texts)
        url = url_in(json_in("general_metadata", general_metadata))
    except BadRowError as bad:
        return refused(source, locator, *bad.args)
    none = [None] * len(images or ())
    return Document(source, locator, url, None, items_in(images or (), texts or (), none))

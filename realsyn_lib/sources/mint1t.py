"""MINT-1T's HTML part: the columns of OBELICS, the page's address in general_metadata alone."""

from realsyn_lib.documents import Document
from realsyn_lib.sources.interleaved import json_in, read_slots
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
    """
    return read_slots(
        source, locator, images, texts, lambda: json_in("general_metadata", general_metadata)
    )

"""OmniCorpus-CC row -> document (images, texts, and metadata in structs)."""

from typing import Any

import pyarrow as pa

from realsyn_lib.documents import Document, refused
from realsyn_lib.sources.interleaved import BadRowError, check_slots, items_in, url_in

OMNICORPUS_SCHEMA = pa.schema(
    [
        ("images", pa.list_(pa.string())),
        ("texts", pa.list_(pa.string())),
        ("general_metadata", pa.struct([("url", pa.string())])),
    ]
)


def parse_omnicorpus(
    source: str,
    locator: str,
    images: list[str | None] | None,
    texts: list[str | None] | None,
    general_metadata: dict[str, Any] | None,
) -> Document:
    """Read one row: at each index an image address, a text, or neither.

    Of the structs only the page's address is read; sizes and hashes of pictures are measured here.

    Returns:
        The document; with a ``reason`` where the lists differ in length, an index holds both, or
        general_metadata names no page.
    """
    try:
        check_slots(images, texts)
        url = url_in(general_metadata)
    except BadRowError as bad:
        return refused(source, locator, *bad.args)
    none = [None] * len(images or ())
    return Document(source, locator, url, None, items_in(images or (), texts or (), none))

"""OmniCorpus-CC row -> document (images, texts, and metadata in structs)."""

from typing import Any

import pyarrow as pa

from realsyn_lib.documents import Document
from realsyn_lib.sources.interleaved import read_slots

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
    """
    return read_slots(source, locator, images, texts, lambda: general_metadata)

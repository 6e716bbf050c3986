"""OmniCorpus-CC row -> document (images, texts, and metadata in structs)."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from realsyn_lib.documents import Document, ImageItem, Item
from realsyn_lib.images.quality import size_reason
from realsyn_lib.images.rules import ImageRules
from realsyn_lib.sources.interleaved import Slots, read_slots

OMNICORPUS_SCHEMA = pa.schema(
    [
        ("images", pa.list_(pa.string())),
        ("texts", pa.list_(pa.string())),
        ("general_metadata", pa.struct([("url", pa.string())])),
    ]
)
_STATED = pa.struct([("width", pa.int64()), ("height", pa.int64()), ("p_hash", pa.string())])
OMNICORPUS_STATED = pa.schema([("metadata", pa.list_(_STATED))])  # dumps may lack it

_PHASH = re.compile(r"[0-9a-fA-F]{16}")


@dataclass(frozen=True)
class StatedRules:
    """What the size that a dataset states of a picture is held to, before the picture is fetched.

    Attributes:
        min_side_px: a shorter side below it is ``too_small``; null: stated sizes are not asked.
        max_aspect_ratio: long side over short side above it is ``aspect_ratio``; null: likewise.
    """

    min_side_px: int | None = None
    max_aspect_ratio: float | None = None

    def reason(self, width_px: object, height_px: object) -> str | None:
        """Say which rule drops a picture of that size; none where the size is not two lengths."""
        if type(width_px) is not int or type(height_px) is not int:
            return None
        if min(width_px, height_px) < 1:
            return None
        rules = ImageRules(self.min_side_px or 1, self.max_aspect_ratio or math.inf, max_pixels=0)
        return size_reason(width_px, height_px, rules)


def parse_omnicorpus(
    source: str,
    locator: str,
    images: list[str | None] | None,
    texts: list[str | None] | None,
    general_metadata: dict[str, Any] | None,
    metadata: Sequence[dict[str, Any] | None] | None = None,
    rules: StatedRules = StatedRules(),
) -> Document:
    """Read one row: at each index an image address, a text, or neither.

    ``metadata`` has an entry for each index, or for each image in order. Its sizes are those of
    the picture that its publishers fetched: one that ``rules`` drop is not fetched again. Its
    p_hash, 16 hexadecimal digits, is compared with those of opt-out requests.
    """
    document = read_slots(source, locator, images, texts, lambda: general_metadata)
    if not metadata or not images:
        return document
    entries = _entries(images, metadata)
    return replace(document, items=tuple(_marked(document.items, entries, rules)))


def _entries(
    images: Slots, metadata: Sequence[dict[str, Any] | None]
) -> Iterator[dict[str, Any] | None]:
    """Yield the entry of each image; none where their number fits neither indices nor images."""
    places = [index for index, image in enumerate(images) if image is not None]
    if len(metadata) == len(images):
        return (metadata[index] for index in places)
    return iter(metadata if len(metadata) == len(places) else [None] * len(places))


def _marked(
    items: Sequence[Item], entries: Iterator[dict[str, Any] | None], rules: StatedRules
) -> Iterator[Item]:
    for item in items:
        stated = next(entries) if isinstance(item, ImageItem) else None
        if isinstance(item, ImageItem) and stated and item.refusal is None:
            reason = rules.reason(stated.get("width"), stated.get("height"))
            yield replace(item, refusal=reason, phash=_phash(stated.get("p_hash")))
        else:
            yield item


def _phash(text: object) -> int | None:
    """Read a hash as imagehash prints it; one of another form names nothing."""
    if not isinstance(text, str) or not _PHASH.fullmatch(text):
        return None
    return int.from_bytes(bytes.fromhex(text), "big", signed=True)

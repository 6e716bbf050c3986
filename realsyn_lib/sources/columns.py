"""A parquet of one's own columns -> documents; the settings say which column holds what.

Either a row is an interleaved document (``images`` and ``texts``, one slot each, as OBELICS has
them), or it is one image, one text, or a pair (``image_url`` or ``image``, the picture itself; ``text``).
Beside an image may stand the SHA-256 of its file (``sha256s``, ``sha256``): other bytes are refused when
they come.
"""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from realsyn_lib.digests import sha256_in
from realsyn_lib.documents import Document, Paragraph, image_item, refused
from realsyn_lib.errors import SettingError
from realsyn_lib.sentences.clean import paragraphs_of
from realsyn_lib.sources.interleaved import BadRowError, items_in, page_address, slots_of
from realsyn_lib.sources.stored_pictures import PICTURE
from realsyn_lib.table_rows import row_url

Names = Mapping[str, str]

_TEXTS = pa.list_(pa.string())
_TYPES = {
    "url": pa.string(), "images": _TEXTS, "texts": _TEXTS, "alt_texts": _TEXTS, "sha256s": _TEXTS,
    "image_url": pa.string(), "image": PICTURE,
    "text": pa.string(), "alt_text": pa.string(), "sha256": pa.string(),
}  # fmt: skip
IMAGE = "image"  # the part whose column holds pictures; a record says only whether there is one
_OF_DOCUMENTS = frozenset(("url", "images", "texts", "alt_texts", "sha256s"))
_OF_PAIRS = frozenset(("image_url", IMAGE, "text", "alt_text", "sha256"))
_AN_IMAGE = frozenset(("image_url", IMAGE))
_OF_IMAGES = frozenset(("alt_text", "sha256"))


def own_columns(names: Names) -> pa.Schema:
    """Return the columns that files must have for a mapping of ``sources.columns``.

    Args:
        names: part -> name of its column.

    Raises:
        SettingError: nothing is named, parts of both kinds are, or one that the kind needs is not;
            two parts share a column; an image would have both an address and bytes.
    """
    given = frozenset(names)
    if not given:
        raise SettingError(
            "--format columns reads what sources.columns names, and that names nothing; say it, such "
            "as --set sources.columns.image_url=URL --set sources.columns.text=TEXT"
        )
    whole = {"images", "texts"} <= given <= _OF_DOCUMENTS
    if given >= _AN_IMAGE:
        raise SettingError(
            "sources.columns names image_url and image; an image is fetched from its address or taken from "
            "the column, name one of the two"
        )
    pair = given <= _OF_PAIRS and not given.isdisjoint((*_AN_IMAGE, "text"))
    without_image = given.isdisjoint(_AN_IMAGE) and not given.isdisjoint(_OF_IMAGES)
    if not (whole or pair) or (pair and without_image):
        raise SettingError(
            f"sources.columns names {', '.join(sorted(given))}; expected images and texts, with url, "
            "alt_texts and sha256s where you have them (a row is a document), or image_url (else image, its "
            "bytes), text or both, with alt_text and sha256 of the image (a row is a pair)"
        )
    if len(set(names.values())) < len(names):
        raise SettingError(
            f"sources.columns is {dict(names)}; expected a column of its own for each part"
        )
    return pa.schema([(names[part], _TYPES[part]) for part in _TYPES if part in given])


def parse_columns(record: Mapping[str, Any]) -> Document:
    """Read a row: ``source``, ``locator``, and its parts under their own names."""
    parse = _parse_document if "images" in record else _parse_pair
    try:
        return parse(record["source"], record["locator"], record)
    except BadRowError as bad:
        return refused(record["source"], record["locator"], *bad.args)


def size_of_parts(record: Mapping[str, Any]) -> int:
    """Count the letters of a row; of a picture it holds none."""
    values = [record.get(part) for part in _TYPES if part != IMAGE]
    texts = [text for value in values for text in (value if type(value) is list else [value])]
    return sum(len(text) for text in texts if text)


def _parse_document(source: str, locator: str, row: Mapping[str, Any]) -> Document:
    images, texts = slots_of(row["images"], row["texts"])
    alt_texts, digests = (_beside(row, name, len(images)) for name in ("alt_texts", "sha256s"))
    url = page_address(row["url"] or "") if "url" in row else _address_of_row(source, locator)
    return Document(
        source, locator, url, None, items_in(images, texts, alt_texts, map(_digest, digests))
    )


def _beside(row: Mapping[str, Any], name: str, count: int) -> list[str | None]:
    """Return a list beside the images, nulls where there is none."""
    found: list[str | None] | None = row.get(name)
    if found is None:
        return [None] * count
    if len(found) != count:
        raise BadRowError("length_mismatch", f"images {count}, {name} {len(found)}")
    return found


def _digest(text: str | None) -> str | None:
    """Return a stated SHA-256 in lower case.

    Raises:
        BadRowError: ``bad_metadata``, where it is none: a check that never takes place would go unseen.
    """
    if text is None:
        return None
    if (digest := sha256_in(text)) is None:
        raise BadRowError("bad_metadata", f"sha256 is {text[:80]!r}, expected 64 hex digits")
    return digest


def _parse_pair(source: str, locator: str, row: Mapping[str, Any]) -> Document:
    """The image comes first, then its text; without a page, nothing else tells rows apart."""
    place = row_url(source, locator) if row.get(IMAGE) else None
    image, text = place or row.get("image_url"), row.get("text")
    digest = _digest(row.get("sha256"))
    pictures = [image_item(image, "", row.get("alt_text"), sha256=digest)] if image else []
    paragraphs = [Paragraph(part) for part in paragraphs_of(text or "")]
    return Document(
        source, locator, _address_of_row(source, locator), None, (*pictures, *paragraphs)
    )


def _address_of_row(source: str, locator: str) -> str:
    return f"{source}/{locator}"

"""A parquet of one's own columns -> documents; the settings say which column holds what.

Either a row is an interleaved document (``images`` and ``texts``, one slot each, as OBELICS has
them), or it is one image, one text, or a pair (``image_url``, ``text``).
"""

from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa

from realsyn_lib.documents import Document, Paragraph, image_item, refused
from realsyn_lib.errors import SettingError
from realsyn_lib.sentences.clean import paragraphs_of
from realsyn_lib.sources.interleaved import BadRowError, items_in, page_address, slots_of

Names = Mapping[str, str]

_TEXTS = pa.list_(pa.string())
_TYPES = {
    "url": pa.string(), "images": _TEXTS, "texts": _TEXTS, "alt_texts": _TEXTS,
    "image_url": pa.string(), "text": pa.string(), "alt_text": pa.string(),
}  # fmt: skip
_OF_DOCUMENTS = frozenset(("url", "images", "texts", "alt_texts"))
_OF_PAIRS = frozenset(("image_url", "text", "alt_text"))
_TAKEN = frozenset(("source", "locator", "reason", "detail"))  # what the reader itself adds


def own_columns(names: Names) -> pa.Schema:
    """Return the columns that files must have for a mapping of ``sources.columns``.

    Args:
        names: part -> name of its column.

    Raises:
        SettingError: nothing is named, parts of both kinds are, or one that the kind needs is not;
            two parts share a column, or a column has a name that the reader uses itself.
    """
    given = frozenset(names)
    if not given:
        raise SettingError(
            "--format columns reads what sources.columns names, and that names nothing; say it, such "
            "as --set sources.columns.image_url=URL --set sources.columns.text=TEXT"
        )
    whole = {"images", "texts"} <= given <= _OF_DOCUMENTS
    pair = given <= _OF_PAIRS and not given.isdisjoint(("image_url", "text"))
    if not (whole or pair) or (pair and "alt_text" in given and "image_url" not in given):
        raise SettingError(
            f"sources.columns names {', '.join(sorted(given))}; expected images and texts, with url and "
            "alt_texts where you have them (a row is a document), or image_url, text or both, with "
            "alt_text (a row is a pair)"
        )
    if len(set(names.values())) < len(names) or not _TAKEN.isdisjoint(names.values()):
        raise SettingError(
            f"sources.columns is {dict(names)}; expected a column of its own for each part, none of "
            f"them called {', '.join(sorted(_TAKEN))}"
        )
    return pa.schema([(names[part], _TYPES[part]) for part in _TYPES if part in given])


def parser_of(names: Names) -> Callable[[Mapping[str, Any]], Document]:
    """Return what turns a row (``source``, ``locator``, its own columns) into a document."""
    parse = _parse_document if "images" in names else _parse_pair

    def parse_row(record: Mapping[str, Any]) -> Document:
        row = {part: record[name] for part, name in names.items()}
        try:
            return parse(record["source"], record["locator"], row)
        except BadRowError as bad:
            return refused(record["source"], record["locator"], *bad.args)

    return parse_row


def size_of(names: Names) -> Callable[[Mapping[str, Any]], int]:
    """Return what counts the letters of a row."""

    def size(record: Mapping[str, Any]) -> int:
        values = [record[name] for name in names.values()]
        texts = [text for value in values for text in (value if type(value) is list else [value])]
        return sum(len(text) for text in texts if text)

    return size


def _parse_document(source: str, locator: str, row: Mapping[str, Any]) -> Document:
    images, texts = slots_of(row["images"], row["texts"])
    alt_texts = row.get("alt_texts")
    if alt_texts is None:
        alt_texts = [None] * len(images)
    if len(alt_texts) != len(images):
        raise BadRowError("length_mismatch", f"images {len(images)}, alt_texts {len(alt_texts)}")
    url = page_address(row["url"] or "") if "url" in row else _address_of_row(source, locator)
    return Document(source, locator, url, None, items_in(images, texts, alt_texts))


def _parse_pair(source: str, locator: str, row: Mapping[str, Any]) -> Document:
    """The image comes first, then its text; without a page, nothing else tells rows apart."""
    image, text = row.get("image_url"), row.get("text")
    pictures = [image_item(image, "", row.get("alt_text"))] if image else []
    paragraphs = [Paragraph(part) for part in paragraphs_of(text or "")]
    return Document(
        source, locator, _address_of_row(source, locator), None, (*pictures, *paragraphs)
    )


def _address_of_row(source: str, locator: str) -> str:
    return f"{source}/{locator}"

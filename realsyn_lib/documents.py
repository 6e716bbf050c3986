"""Interleaved document -> one row of the table ``documents``, its sentences split."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import Any

import pyarrow as pa

from realsyn_lib.ids import content_hash_id
from realsyn_lib.opt_out import OptOut
from realsyn_lib.sentences.clean import clean_text
from realsyn_lib.sentences.split import Splitter
from realsyn_lib.tables import DOCUMENTS
from realsyn_lib.urls import canonical_url, without_credentials

MAX_DETAIL_CHARS = 500


@dataclass(frozen=True)
class DocumentLimits:
    """How large a document may be; beyond, it is quarantined as ``document_too_large``.

    Each bound itself is still read.

    Attributes:
        max_document_bytes: bytes of its file, or of its columns.
        max_items: images and paragraphs of one document.
        max_sentences: sentences of one document.
        max_sentence_chars: letters of one sentence; a longer run is cut there, not refused.
    """

    max_document_bytes: int = 104_857_600
    max_items: int = 100_000
    max_sentences: int = 200_000
    max_sentence_chars: int = 4_000


@dataclass(frozen=True, slots=True)
class ImageItem:
    """An image of a document.

    ``url`` is null where ``refusal`` says why (``bad_url``); beside a url ``refusal`` is the reason
    for which it is not fetched (``opt_out``, ``too_small``, ``aspect_ratio``). ``phash`` is what the
    source states, in the form of the table ``images``; it is compared, never stored. ``sha256`` is the digest
    that it states of the file, lower-case hex.
    """

    raw_url: str
    url: str | None
    refusal: str | None
    alt_text: str | None
    phash: int | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph: clean lines, joined by line breaks."""

    text: str


Item = ImageItem | Paragraph


@dataclass(frozen=True)
class Document:
    """One document: its items in order, or the ``reason`` for which it could not be used."""

    source: str
    locator: str
    url: str
    title: str | None = None
    items: tuple[Item, ...] = ()
    reason: str | None = None
    detail: str | None = None


@dataclass
class _Flat:
    """The items of all documents of a batch, one after the other.

    Attributes:
        items: images and paragraphs.
        position: of each in its document.
        sentences: of each paragraph; None for an image.
    """

    items: list[Item] = field(default_factory=list)
    position: list[int] = field(default_factory=list)
    sentences: list[list[str] | None] = field(default_factory=list)

    def add(self, items: tuple[Item, ...], sentences: list[list[str] | None]) -> None:
        """Add the items of one document."""
        self.items += items
        self.position += range(len(items))
        self.sentences += sentences

    def structs(self, kind: pa.StructType) -> pa.StructArray:
        """Return the items as structs of the table ``documents``."""
        pairs = [(item, type(item) is ImageItem) for item in self.items]
        columns: dict[str, list[Any]] = {
            "position": self.position,
            "kind": ["image" if is_image else "text" for _, is_image in pairs],
            "text": [None if is_image else item.text for item, is_image in pairs],  # type: ignore[union-attr]
            "url": _of_images("url", pairs),
            "raw_url": _of_images("raw_url", pairs),
            "alt_text": _of_images("alt_text", pairs),
            "url_reason": _of_images("refusal", pairs),
            "sha256": _of_images("sha256", pairs),
        }
        fields = [
            _string_lists(self.sentences)
            if part.name == "sentences"
            else pa.array(columns[part.name], part.type)
            for part in kind
        ]
        return pa.StructArray.from_arrays(fields, fields=list(kind))


def _of_images(name: str, pairs: list[tuple[Item, bool]]) -> list[str | None]:
    return [getattr(item, name) if is_image else None for item, is_image in pairs]


def image_item(
    raw_url: str, base: str, alt_text: str | None, drop_reason: str | None = None,
    sha256: str | None = None,
) -> ImageItem:  # fmt: skip
    """Return the image that a document names, its address resolved against ``base``.

    A refused address is kept as written, without user and password, shortened to
    ``MAX_DETAIL_CHARS``. ``drop_reason`` is that of an image with a sound address which is not to be
    fetched.
    """
    address = canonical_url(raw_url, base)
    shown = raw_url if address.url else without_credentials(raw_url)[:MAX_DETAIL_CHARS]
    shown = clean_text(shown)
    refusal = drop_reason if address.url else address.refusal
    alt = clean_text(alt_text or "") or None
    return ImageItem(shown, address.url, refusal, alt, sha256=sha256)


def refused(source: str, locator: str, reason: str, detail: str | None) -> Document:
    """Return the document that stands for an input which could not be used.

    Its url is the place of the input, with a ``#`` that no canonical address has.
    """
    url = f"{source}#{locator}" if locator else source
    return Document(source, locator, url, reason=reason, detail=detail)


def without_opted_out(document: Document, opt_out: OptOut) -> Document:
    """Return the document without content where it is opted out, and its images marked that are."""
    if document.reason is None and opt_out.covers_document(document.url):
        return _emptied(document, "opt_out", None)
    if not any(isinstance(item, ImageItem) and _covered(item, opt_out) for item in document.items):
        return document
    items = tuple(
        replace(item, refusal="opt_out")
        if isinstance(item, ImageItem) and _covered(item, opt_out)
        else item
        for item in document.items
    )
    return replace(document, items=items)


def _covered(item: ImageItem, opt_out: OptOut) -> bool:
    """A picture is covered by its address, or by a hash that its source states of it."""
    if item.url is None:
        return False
    is_named = item.phash in opt_out.phashes or item.sha256 in opt_out.sha256
    return is_named or opt_out.covers_url(item.url)


def document_rows(
    documents: Iterable[Document], splitter: Splitter, limits: DocumentLimits
) -> pa.RecordBatch:
    """Return the rows of ``DOCUMENTS`` for some documents, in their order.

    Sentences are split inside each paragraph; what is empty or too large gets its reason and
    keeps no items. Positions count images and paragraphs together, from 0.
    """
    rows, counts, offsets, flat = [], [], [0], _Flat()
    for document in documents:
        judged, sentences = _judge(document, splitter, limits)
        flat.add(judged.items, sentences)
        rows.append(judged)
        counts.append((sentences.count(None), sum(map(len, filter(None, sentences)))))
        offsets.append(len(flat.items))
    return _record_batch(rows, counts, offsets, flat)


def _judge(
    document: Document, splitter: Splitter, limits: DocumentLimits
) -> tuple[Document, list[list[str] | None]]:
    """Return the document, emptied if it breaks a limit, and the sentences of each of its items."""
    if document.reason:
        return _emptied(document, document.reason, document.detail), []
    if len(document.items) > limits.max_items:
        detail = f"{len(document.items)} items, at most {limits.max_items} are read"
        return _emptied(document, "document_too_large", detail), []
    if not document.items:
        return _emptied(document, "empty_document", None), []
    sentences: list[list[str] | None] = []
    left = limits.max_sentences
    for item in document.items:
        if isinstance(item, ImageItem):
            sentences.append(None)
            continue
        found = splitter.split(item.text, limits.max_sentence_chars, left + 1)
        sentences.append(found)
        left -= len(found)
        if left < 0:
            detail = f"more than {limits.max_sentences} sentences"
            return _emptied(document, "document_too_large", detail), []
    return document, sentences


def _emptied(document: Document, reason: str, detail: str | None) -> Document:
    return Document(
        document.source, document.locator, document.url, document.title, (), reason, detail
    )


def _record_batch(
    rows: list[Document], counts: list[tuple[int, int]], offsets: list[int], flat: _Flat
) -> pa.RecordBatch:
    schema = DOCUMENTS.arrow_schema()
    structs = flat.structs(schema.field("items").type.value_type)
    items = pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), structs)
    plain = {
        "document_id": [content_hash_id(row.url) for row in rows],
        "source": [row.source for row in rows],
        "locator": [row.locator for row in rows],
        "url": [row.url for row in rows],
        "title": [row.title for row in rows],
        "image_count": [images for images, _ in counts],
        "sentence_count": [sentences for _, sentences in counts],
        "drop_reason": [row.reason for row in rows],
        "detail": [row.detail[:MAX_DETAIL_CHARS] if row.detail else None for row in rows],
    }
    arrays = [
        items if name == "items" else pa.array(plain[name], schema.field(name).type)
        for name in schema.names
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _string_lists(lists: list[list[str] | None]) -> pa.ListArray:
    """Return lists of strings as an array; twice as fast as from the nested lists."""
    ends = accumulate(len(strings or ()) for strings in lists)
    starts = [0, *ends]
    offsets = [
        None if strings is None else start for strings, start in zip(lists, starts, strict=False)
    ]
    values = [string for strings in lists for string in strings or ()]
    return pa.ListArray.from_arrays(
        pa.array([*offsets, starts[-1]], pa.int32()), pa.array(values, pa.string())
    )

"""Documents, and one of them walked from its first item to its last."""

from collections import defaultdict
from dataclasses import dataclass

from jobs.view.fates import Fates
from jobs.view.queries import Queries, Row
from realsyn_lib.errors import InputError
from realsyn_lib.view.content import ITEMS_PER_PAGE, Item, Page, ended

_LISTED = 50

_LIST = """
SELECT document_id, url, title, image_count, sentence_count, drop_reason FROM documents
WHERE contains(lower(url), $text) OR contains(lower(coalesce(title, '')), $text)
ORDER BY url, source, locator LIMIT $count OFFSET $start
"""
_ONE = """
SELECT document_id, url, title, source, locator, image_count, sentence_count, len(items) AS item_count,
  list_transform(items[$first:$last], lambda item: {'position': item.position, 'kind': item.kind,
    'text': item.text}) AS items
FROM documents WHERE document_id = $id AND drop_reason IS NULL
"""
_IMAGES = """
SELECT position, image_id, raw_url, drop_reason, detail FROM images_found
WHERE document_id = ? AND position BETWEEN ? AND ?
"""
_SENTENCES = """
SELECT position, sentence_no, sentence_id FROM sentences_found
WHERE document_id = ? AND position BETWEEN ? AND ? ORDER BY position, sentence_no
"""


@dataclass(frozen=True)
class Walk:
    """A part of a document in order: its row, its items, each with what became of it."""

    document: Row
    items: tuple[Item, ...]
    page: Page


class Documents:
    """Lists documents, and walks one."""

    def __init__(self, queries: Queries, fates: Fates) -> None:
        self._queries, self._fates = queries, fates

    def listed(self, text: str, page: int) -> tuple[list[Row], Page]:
        """Return documents whose address or title holds a text, by address."""
        asked = {"text": text.lower(), "count": _LISTED + 1, "start": page * _LISTED}
        return Page.cut(self._queries.rows(_LIST, asked), page, _LISTED)

    def walk(self, document_id: int, page: int) -> Walk:
        """Walk one page of a document's items.

        Raises:
            InputError: there is no such document, or extraction did not keep it.
        """
        first = page * ITEMS_PER_PAGE + 1
        asked = {"id": document_id, "first": first, "last": first + ITEMS_PER_PAGE - 1}
        row = self._queries.row(_ONE, asked)
        if row is None:
            raise InputError(f"there is no document {document_id} that was kept")
        ordered = sorted(row.pop("items"), key=lambda item: item["position"])
        items = self._items(document_id, ordered)
        return Walk(row, items, Page(page, first + ITEMS_PER_PAGE - 1 < row["item_count"]))

    def _items(self, document_id: int, ordered: list[Row]) -> tuple[Item, ...]:
        if not ordered:
            return ()
        span = document_id, ordered[0]["position"], ordered[-1]["position"]
        found = {row["position"]: row for row in self._queries.rows(_IMAGES, *span)}
        spoken: dict[int, list[int]] = defaultdict(list)
        for row in self._queries.rows(_SENTENCES, *span):
            spoken[row["position"]].append(row["sentence_id"])
        images = self._fates.images(
            {row["image_id"] for row in found.values() if row["image_id"] is not None}
        )
        sentences = self._fates.sentences({id for ids in spoken.values() for id in ids})
        items = []
        for item in ordered:
            place = item["position"]
            if place in found:
                row = found[place]
                refused = ended(
                    "extract_documents", row["drop_reason"] or "bad_url", row["raw_url"]
                )
                card = images.get(row["image_id"])
                items.append(Item(place, image=card, refused=None if card else refused))
            else:
                own = tuple(sentences[id] for id in spoken[place] if id in sentences)
                items.append(Item(place, sentences=own, text=item["text"] or ""))
        return tuple(items)

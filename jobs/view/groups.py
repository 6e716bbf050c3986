"""Components of duplicates: a list by size, and one of them with all its members."""

from dataclasses import dataclass, replace

from jobs.view.fates import Fates
from jobs.view.queries import Queries, Row
from realsyn_lib.errors import InputError
from realsyn_lib.view.content import ImageCard, Page, SentenceCard

KINDS = ("perceptual", "semantic")
OF = {"images": "image_duplicates", "sentences": "sentence_duplicates"}
_LISTED = 20
_MEMBERS = 60

_SIZES = """
SELECT kind, component_id, count(*) AS size, min(representative_id) AS representative_id
FROM {table} WHERE kind = ? GROUP BY ALL HAVING count(*) > 1
"""
_LIST = "FROM ({sizes}) ORDER BY size DESC, component_id LIMIT ? OFFSET ?"
_NEXT = """
SELECT component_id FROM ({sizes}) WHERE (-size, component_id) {sign} (?, ?) ORDER BY {order} LIMIT 1
"""
_MEMBERS_OF = """
SELECT id, representative_id, split_from, count(*) OVER () AS size FROM {table}
WHERE kind = ? AND component_id = ? ORDER BY id <> representative_id, id LIMIT ? OFFSET ?
"""


@dataclass(frozen=True)
class Group:
    """One component: some of its members, the representative first; its neighbours in the list."""

    of: str
    kind: str
    component_id: int
    size: int
    split_from: int | None
    representative_id: int
    members: tuple[ImageCard | SentenceCard, ...]
    page: Page
    previous: int | None
    next: int | None


class Groups:
    """Walks components."""

    def __init__(self, queries: Queries, fates: Fates) -> None:
        self._queries, self._fates = queries, fates

    def listed(
        self, of: str, kind: str, page: int
    ) -> tuple[list[tuple[Row, ImageCard | SentenceCard | None]], Page]:
        """Return components, the largest first, each with its representative."""
        _check(of, kind)
        query = _LIST.format(sizes=_SIZES.format(table=OF[of]))
        rows = self._queries.rows(query, kind, _LISTED + 1, page * _LISTED)
        rows, cut = Page.cut(rows, page, _LISTED)
        cards = self._cards(of, [row["representative_id"] for row in rows])
        return [(row, cards.get(row["representative_id"])) for row in rows], cut

    def group(self, of: str, kind: str, component_id: int, page: int) -> Group:
        """Return one component.

        Raises:
            InputError: there is none.
        """
        _check(of, kind)
        query = _MEMBERS_OF.format(table=OF[of])
        rows = self._queries.rows(query, kind, component_id, _MEMBERS + 1, page * _MEMBERS)
        if not rows:
            raise InputError(f"there is no {kind} component {component_id} of {of}")
        size = rows[0]["size"]
        rows, cut = Page.cut(rows, page, _MEMBERS)
        cards = self._cards(of, [row["id"] for row in rows])
        members = (
            replace(cards[row["id"]], note="kept" if row["id"] == row["representative_id"] else "")
            for row in rows
            if row["id"] in cards
        )
        return Group(
            of, kind, component_id, size, rows[0]["split_from"], rows[0]["representative_id"],
            tuple(members), cut,
            previous=self._neighbour(of, kind, size, component_id, "<", "-size DESC, component_id DESC"),
            next=self._neighbour(of, kind, size, component_id, ">", "-size, component_id"),
        )  # fmt: skip

    def _neighbour(
        self, of: str, kind: str, size: int, component_id: int, sign: str, order: str
    ) -> int | None:
        query = _NEXT.format(sizes=_SIZES.format(table=OF[of]), sign=sign, order=order)
        row = self._queries.row(query, kind, -size, component_id)
        return row["component_id"] if row else None

    def _cards(self, of: str, ids: list[int]) -> dict[int, ImageCard] | dict[int, SentenceCard]:
        return self._fates.images(ids) if of == "images" else self._fates.sentences(ids)


def _check(of: str, kind: str) -> None:
    if of not in OF or kind not in KINDS:
        raise InputError(f"there are no {kind} components of {of}")

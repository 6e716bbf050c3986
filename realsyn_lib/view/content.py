"""What pages say: plain values, bounded by whoever fills them, escaped by whoever shows them."""

from dataclasses import dataclass
from typing import Any

from realsyn_lib.reasons import DROPPED, QUARANTINED

KEPT, DROPPED_BY_RULE, QUARANTINED_ROW, WAITING = "kept", "dropped", "quarantined", "waiting"
ITEMS_PER_PAGE = 60  # of a document


@dataclass(frozen=True)
class Fate:
    """How far an image or a sentence came: the stage that decided, and its word.

    ``outcome``: kept (of all stages that have run), dropped, quarantined, or waiting for its stage.
    ``component``: (kind, component_id) where it went as a duplicate.
    """

    outcome: str
    stage: str
    reason: str | None = None
    note: str = ""
    component: tuple[str, int] | None = None

    @property
    def meaning(self) -> str:
        """The line of the closed lists for the reason."""
        return {**DROPPED, **QUARANTINED}.get(self.reason or "", "")


def ended(stage: str, reason: str, note: str = "") -> Fate:
    """Return the fate of a row that a stage did not keep."""
    outcome = QUARANTINED_ROW if reason in QUARANTINED else DROPPED_BY_RULE
    return Fate(outcome, stage, reason, note)


@dataclass(frozen=True)
class ImageCard:
    """An image as lists show it; ``cosine`` to what was asked, ``note`` beside its name."""

    image_id: int
    url: str
    alt_text: str | None
    fate: Fate
    cosine: float | None = None
    note: str = ""


@dataclass(frozen=True)
class SentenceCard:
    """A sentence as lists show it."""

    sentence_id: int
    text: str
    fate: Fate
    cosine: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Item:
    """One item of a document in its place: an image, or the sentences of a paragraph.

    ``refused``: why an image has no id.
    """

    position: int
    image: ImageCard | None = None
    refused: Fate | None = None
    sentences: tuple[SentenceCard, ...] = ()
    text: str = ""


@dataclass(frozen=True)
class Page:
    """One page of a list: numbers from 0, and whether there is another."""

    number: int
    has_next: bool

    @classmethod
    def cut(cls, rows: list[Any], number: int, size: int) -> tuple[list[Any], "Page"]:
        """Return the rows of a page of ``size``, of which one more had been asked for."""
        return rows[:size], cls(number, len(rows) > size)

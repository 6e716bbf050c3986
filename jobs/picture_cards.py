"""Pictures of a warehouse with words under them, as HTML for notebooks; needs no Spark."""

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import duckdb
from markupsafe import Markup

from realsyn_lib.config import Config
from udfs.guarded_decode import ChildLimits
from udfs.thumbnails import thumbnails

MAX_SIDE_PX = 128
_CHILD_MEMORY_BYTES = 2 * 2**30
_ROWS = 64  # files in memory at once
_BYTES = """
    SELECT image_id, bytes FROM image_bytes
    WHERE bytes IS NOT NULL AND image_id IN (SELECT unnest(?::BIGINT[]))
"""
_GRID = Markup('<div style="display:flex;flex-wrap:wrap;gap:12px">{}</div>')
_CARD = Markup(
    '<figure style="width:{}px;margin:0;font-size:12px;line-height:1.35;overflow-wrap:anywhere">{}'
    '<figcaption style="{}">{}</figcaption></figure>'
)
_PICTURE = Markup(
    '<img alt="{}" src="data:image/jpeg;base64,{}" style="max-width:100%;display:block">'
)
_MARK = "border-left:3px solid #2f7d6b;padding-left:6px"


@dataclass(frozen=True)
class Card:
    """One picture and its lines of text; ``is_marked`` draws a green line beside them."""

    image_id: int
    lines: Sequence[str]
    is_marked: bool = False


def picture_cards(
    connection: duckdb.DuckDBPyConnection,
    cards: Iterable[Card],
    config: Config,
    width_px: int = 180,
) -> str:
    """Return the cards side by side, as HTML in which all text is escaped.

    ``connection`` is one of ``open_duckdb``. Pictures are decoded in the guarded child, at most 128 pixels a
    side; one that cannot be is told by its reason.
    """
    shown = list(cards)
    small = _small(connection, {card.image_id for card in shown}, config)
    return str(_GRID.format(Markup("").join(_card(card, small, width_px) for card in shown)))


def _card(card: Card, small: dict[int, bytes | str], width_px: int) -> Markup:
    found = small.get(card.image_id, "no bytes")
    lines = Markup("<br>").join(card.lines)
    style = _MARK if card.is_marked else ""
    if isinstance(found, str):
        return _CARD.format(width_px, Markup("<em>{}</em>").format(found), style, lines)
    name = card.lines[0] if card.lines else str(card.image_id)
    picture = _PICTURE.format(name, base64.b64encode(found).decode())
    return _CARD.format(width_px, picture, style, lines)


def _small(
    connection: duckdb.DuckDBPyConnection, image_ids: set[int], config: Config
) -> dict[int, bytes | str]:
    """Return a JPEG of each image, or the word that says why there is none."""
    images = config.images
    limits = ChildLimits(images.decode_timeout_s, _CHILD_MEMORY_BYTES, config.batch.max_bytes)
    files = connection.sql(_BYTES, params=[sorted(image_ids)]).to_arrow_reader(_ROWS)
    draw = thumbnails(MAX_SIDE_PX, images.max_pixels, limits)
    rows = [row for batch in draw(files) for row in batch.to_pylist()]
    return {row["image_id"]: row["thumbnail"] or row["reason"] for row in rows}

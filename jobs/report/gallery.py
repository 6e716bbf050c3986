"""Kept images with everything that was written about them."""

from collections import defaultdict
from collections.abc import Sequence

from pyspark.sql import DataFrame, Row
from pyspark.sql.functions import array_sort, col, collect_set

from jobs.published import Published
from jobs.report.buckets import drawing_order
from realsyn_lib.report.content import Card, RetrievedText
from realsyn_lib.tables import (
    IMAGE_DESCRIPTIONS,
    PAIRS,
    RETRIEVED_TEXTS,
    SAMPLES,
    SYNTHETIC_TEXTS,
    Table,
)

_CARDS = 60
MAX_TEXT_CHARS = 400


def cards(published: Published) -> tuple[Card, ...]:
    """Return some kept pairs, by hash rank: the same ones whatever the tables' layout."""
    if not published.has(PAIRS):
        return ()
    kept = published.read(PAIRS).where(col("drop_reason").isNull())
    pairs = kept.orderBy(*drawing_order(published, "image_id")).limit(_CARDS).collect()
    ids = [row["image_id"] for row in pairs]
    retrieved = _retrieved(published, ids)
    described = _by_image(published, IMAGE_DESCRIPTIONS, ids)
    written = _by_image(published, SYNTHETIC_TEXTS, ids)
    tiers = _tiers(published, ids)
    return tuple(
        _card(
            row, retrieved[row["image_id"]], described.get(row["image_id"]),
            written.get(row["image_id"]), tiers.get(row["image_id"], ()),
        )
        for row in pairs
    )  # fmt: skip


def _card(
    pair: Row, retrieved: Sequence[RetrievedText], described: Row | None, written: Row | None,
    tiers: tuple[str, ...],
) -> Card:  # fmt: skip
    return Card(
        image_id=pair["image_id"],
        url=pair["raw_image_url"][:MAX_TEXT_CHARS],
        retrieved=tuple(retrieved),
        caption=described["caption"][:MAX_TEXT_CHARS] if described else None,
        tags=tuple(tag[:60] for tag in described["tags"]) if described else (),
        synthetic=pair["syn_text"][:MAX_TEXT_CHARS] if pair["syn_text"] else None,
        cosine=pair["cosine_syn"],
        fallback_reason=written["fallback_reason"] if written else None,
        tiers=tiers,
    )


def _retrieved(published: Published, ids: list[int]) -> dict[int, list[RetrievedText]]:
    texts: dict[int, list[RetrievedText]] = defaultdict(list)
    for row in _of(published, RETRIEVED_TEXTS, ids).orderBy("image_id", "rank").collect():
        found = RetrievedText(row["text"][:MAX_TEXT_CHARS], row["cosine"])
        texts[row["image_id"]].append(found)
    return texts


def _by_image(published: Published, table: Table, ids: list[int]) -> dict[int, Row]:
    if not published.has(table):
        return {}
    return {row["image_id"]: row for row in _of(published, table, ids).collect()}


def _tiers(published: Published, ids: list[int]) -> dict[int, tuple[str, ...]]:
    drawn = _of(published, SAMPLES, ids).groupBy("image_id")
    rows = drawn.agg(array_sort(collect_set("tier")).alias("tiers")).collect()
    return {row["image_id"]: tuple(row["tiers"]) for row in rows}


def _of(published: Published, table: Table, ids: list[int]) -> DataFrame:
    return published.read(table).where(col("image_id").isin(ids))

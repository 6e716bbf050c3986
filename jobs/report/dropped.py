"""Examples of what each rule dropped, with the row's own scores."""

from collections.abc import Sequence
from functools import reduce
from math import ceil
from operator import or_

from pyspark.sql import Column
from pyspark.sql.functions import col, expr, lit, row_number
from pyspark.sql.window import Window

from jobs.published import Published
from jobs.report.buckets import bucket_count, bucket_of, drawing_order, rank_of
from jobs.report.gallery import MAX_TEXT_CHARS
from realsyn_lib.reasons import DROPPED, QUARANTINED
from realsyn_lib.report.content import Dropped, Example, Loss, Step
from realsyn_lib.stages import OWNER_OF
from realsyn_lib.tables import IMAGES, PAIRS, QUARANTINE, SENTENCES, Table

_IMAGES = 5
_SENTENCES = 6
_QUARANTINED = 5
_MEANINGS = {**DROPPED, **QUARANTINED}

# Notes in SQL: a part whose value is null is left out.
_SIZE = "concat_ws('; ', concat(width_px, ' x ', height_px, ' px'), detail)"
_SCORES = (
    "concat_ws('; ', concat(word_count, ' words'), concat('complexity ', complexity), "
    "concat(format_number(double(entropy_bits), 2), ' bits'), "
    "concat('perplexity ', format_number(double(perplexity), 1)))"
)
_COSINE = "concat('cosine ', format_number(double(cosine_syn), 3), '; ', coalesce(syn_text, ''))"


def dropped_images(published: Published, steps: Sequence[Step]) -> tuple[Dropped, ...]:
    """Return examples of images by the reason of filter_images, then pairs by that of balance."""
    images = _examples(published, steps, IMAGES, "image_id", "url", _SIZE, _IMAGES)
    pairs = _examples(published, steps, PAIRS, "image_id", "raw_image_url", _COSINE, _IMAGES)
    return (*images, *pairs)


def dropped_sentences(published: Published, steps: Sequence[Step]) -> tuple[Dropped, ...]:
    """Return examples of sentences by reason."""
    return _examples(published, steps, SENTENCES, "sentence_id", "text", _SCORES, _SENTENCES)


def quarantined(published: Published) -> tuple[Dropped, ...]:
    """Return examples from quarantine by reason: where each row was and what was seen."""
    if not published.has(QUARANTINE):
        return ()
    place = Window.partitionBy("reason").orderBy("stage", "source", "locator")
    rows = published.read(QUARANTINE).withColumn("place", row_number().over(place))
    first = rows.where(col("place") <= _QUARANTINED).orderBy("reason", "place").collect()
    by_reason: dict[str, list[Example]] = {}
    for row in first:
        where = f"{row['source']} {row['locator']}".strip()[:MAX_TEXT_CHARS]
        example = Example(where, f"{row['stage']}: {row['detail'] or row['reason']}")
        by_reason.setdefault(row["reason"], []).append(example)
    return tuple(_dropped(reason, examples) for reason, examples in by_reason.items())


def _examples(
    published: Published, steps: Sequence[Step], table: Table, key: str, label: str, note: str, wanted: int
) -> tuple[Dropped, ...]:  # fmt: skip
    """Draw some rows of each reason; cuts by the reasons' counts leave the window few to sort."""
    counts = [loss for step in steps if step.stage == OWNER_OF[table.name] for loss in step.losses]
    if not published.has(table) or not counts:
        return ()
    order = drawing_order(published, key)
    cuts = (_cut(published, key, loss, wanted) for loss in counts)
    place = row_number().over(Window.partitionBy("drop_reason").orderBy(*order))
    few = published.read(table).where(reduce(or_, cuts)).withColumn("place", place)
    shown = few.where(col("place") <= wanted).select(
        "drop_reason",
        "place",
        col(key).alias("id"),
        col(label).substr(1, MAX_TEXT_CHARS).alias("label"),
        expr(note).substr(1, MAX_TEXT_CHARS).alias("note"),
    )
    by_reason: dict[str, list[Example]] = {}
    for row in sorted(shown.collect(), key=lambda row: (row["drop_reason"], row["place"])):
        example = Example(row["label"], row["note"] or "", row["id"] if key == "image_id" else None)
        by_reason.setdefault(row["drop_reason"], []).append(example)
    return tuple(_dropped(reason, examples) for reason, examples in by_reason.items())


def _cut(published: Published, key: str, loss: Loss, wanted: int) -> Column:
    """True for some 64 rows of a reason for each one wanted, or all: of the first buckets, by rank."""
    buckets = bucket_count(published)
    share = min(1.0, 64 * wanted / max(loss.row_count, 1))
    first = ceil(share * buckets)
    inside = share * buckets / first
    ranked = lit(True) if inside >= 1 else rank_of(key) < lit(int(inside * 2**64) - 2**63)
    here = lit(True) if first >= buckets else bucket_of(published, key) < lit(first)
    return (col("drop_reason") == loss.reason) & here & ranked


def _dropped(reason: str, examples: list[Example]) -> Dropped:
    return Dropped(reason, _MEANINGS.get(reason, ""), tuple(examples))

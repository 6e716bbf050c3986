"""Examples of what each rule dropped, with the row's own scores."""

from functools import reduce
from operator import or_

from pyspark.sql import Column
from pyspark.sql.functions import col, expr, lit, row_number
from pyspark.sql.window import Window

from jobs.published import Published
from jobs.report.gallery import MAX_TEXT_CHARS
from realsyn_lib.hashing import xxhash64_sql
from realsyn_lib.reasons import DROPPED, QUARANTINED
from realsyn_lib.report.content import Dropped, Example
from realsyn_lib.tables import IMAGES, PAIRS, QUARANTINE, SENTENCES, Table

_IMAGES = 5
_SENTENCES = 6
_QUARANTINED = 5
_SEED = 1
_MEANINGS = {**DROPPED, **QUARANTINED}

# Notes in SQL: a part whose value is null is left out.
_SIZE = "concat_ws('; ', concat(width_px, ' x ', height_px, ' px'), detail)"
_SCORES = (
    "concat_ws('; ', concat(word_count, ' words'), concat('complexity ', complexity), "
    "concat(format_number(double(entropy_bits), 2), ' bits'), "
    "concat('perplexity ', format_number(double(perplexity), 1)))"
)
_COSINE = "concat('cosine ', format_number(double(cosine_syn), 3), '; ', coalesce(syn_text, ''))"


def dropped_images(published: Published) -> tuple[Dropped, ...]:
    """Return examples of images by the reason of filter_images, then pairs by that of balance."""
    images = _examples(published, IMAGES, "image_id", "url", _SIZE, _IMAGES)
    pairs = _examples(published, PAIRS, "image_id", "raw_image_url", _COSINE, _IMAGES)
    return (*images, *pairs)


def dropped_sentences(published: Published) -> tuple[Dropped, ...]:
    """Return examples of sentences by reason."""
    found = _examples(published, SENTENCES, "sentence_id", "text", _SCORES, _SENTENCES)
    return tuple(found)


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
    published: Published, table: Table, key: str, label: str, note: str, wanted: int
) -> list[Dropped]:
    """Draw by hash rank; a cut by the reason's count leaves the window few rows to sort."""
    if not published.has(table):
        return []
    rows = published.read(table).where(col("drop_reason").isNotNull())
    counts = rows.groupBy("drop_reason").count().collect()
    rank = expr(xxhash64_sql(_SEED, key))
    few = reduce(
        or_, (_cut(row["drop_reason"], row["count"], rank, wanted) for row in counts), lit(False)
    )
    place = row_number().over(Window.partitionBy("drop_reason").orderBy(rank, key))
    drawn = rows.where(few).withColumn("place", place).where(col("place") <= wanted)
    shown = drawn.select(
        "drop_reason",
        col(key).alias("id"),
        col(label).substr(1, MAX_TEXT_CHARS).alias("label"),
        expr(note).substr(1, MAX_TEXT_CHARS).alias("note"),
    )
    by_reason: dict[str, list[Example]] = {}
    for row in shown.orderBy("drop_reason", "place").collect():
        example = Example(row["label"], row["note"] or "", row["id"] if key == "image_id" else None)
        by_reason.setdefault(row["drop_reason"], []).append(example)
    return [_dropped(reason, examples) for reason, examples in by_reason.items()]


def _cut(reason: str, count: int, rank: Column, wanted: int) -> Column:
    """True for the rows of a reason whose rank is among the first: some 64 for each one wanted."""
    share = 64 * wanted / count
    below = lit(True) if share >= 1 else rank < lit(int(share * 2**64) - 2**63)
    return (col("drop_reason") == reason) & below


def _dropped(reason: str, examples: list[Example]) -> Dropped:
    return Dropped(reason, _MEANINGS.get(reason, ""), tuple(examples))

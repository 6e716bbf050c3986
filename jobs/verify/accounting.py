"""Funnel and quarantine against what the tables hold."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from pyspark.sql.functions import col

from jobs.accounting import count_outcomes
from jobs.published import Published
from realsyn_lib.stages import OWNER_OF
from realsyn_lib.tables import (
    DOCUMENTS,
    FETCHES,
    FUNNEL,
    IMAGE_DUPLICATES,
    IMAGE_EMBEDDINGS,
    IMAGES,
    IMAGES_FOUND,
    PAIRS,
    QUARANTINE,
    SENTENCE_DUPLICATES,
    SENTENCE_EMBEDDINGS,
    SENTENCES,
    Table,
)

# Tables that hold every row of an entity with its outcome, and those that hold who was dropped.
OUTCOMES: tuple[tuple[Table, str], ...] = (
    (DOCUMENTS, "document"),
    (IMAGES_FOUND, "image"),
    (FETCHES, "image"),
    (IMAGES, "image"),
    (IMAGE_EMBEDDINGS, "image"),
    (SENTENCES, "sentence"),
    (SENTENCE_EMBEDDINGS, "sentence"),
    (PAIRS, "pair"),
)
DUPLICATES = ((IMAGE_DUPLICATES, "image"), (SENTENCE_DUPLICATES, "sentence"))
Counts = dict[str | None, int]


def accounting_checks(published: Published) -> Iterator[tuple[str, Callable[[], str | None]]]:
    """Rows in = kept + dropped + quarantined, and each number is that of the tables."""
    if not published.has(FUNNEL):  # as a table that is damaged
        return
    funnel = _funnel(published)
    for stage, entity in sorted(funnel):
        counts = funnel[stage, entity]
        yield f"accounts of {stage}, {entity}s", partial(_identity, counts)
    for table, entity in OUTCOMES:
        if published.has(table):
            stated = funnel.get((OWNER_OF[table.name], entity), {})
            yield f"outcomes in {table.name}", partial(_outcomes, published, table, stated)
    for table, entity in DUPLICATES:
        if published.has(table):
            stated = funnel.get((OWNER_OF[table.name], entity), {})
            yield f"outcomes in {table.name}", partial(_duplicates, published, table, stated)
    if published.has(QUARANTINE):
        yield "rows of quarantine", partial(_quarantine, published)


def _funnel(published: Published) -> dict[tuple[str, str], dict[tuple[str, str | None], int]]:
    """Row counts by (stage, entity), then by (outcome, drop_reason)."""
    counts: dict[tuple[str, str], dict[tuple[str, str | None], int]] = {}
    for row in published.read(FUNNEL).collect():
        of_entity = counts.setdefault((row["stage"], row["entity"]), {})
        of_entity[row["outcome"], row["drop_reason"]] = row["row_count"]
    return counts


def _identity(counts: Mapping[tuple[str, str | None], int]) -> str | None:
    rows_in = counts.get(("in", None), 0)
    rows_out = sum(count for (outcome, _reason), count in counts.items() if outcome != "in")
    return None if rows_in == rows_out else f"{rows_in} rows in, but {rows_out} out"


def _outcomes(
    published: Published, table: Table, stated: Mapping[tuple[str, str | None], int]
) -> str | None:
    return _differences(count_outcomes(published.read(table), table), _by_reason(stated))


def _duplicates(
    published: Published, table: Table, stated: Mapping[tuple[str, str | None], int]
) -> str | None:
    dropped = published.read(table).where(col("id") != col("representative_id"))
    found: Counts = {
        f"{row['kind']}_duplicate": row["count"]
        for row in dropped.groupBy("kind").count().collect()
    }
    told: Counts = {reason: count for reason, count in _by_reason(stated).items() if reason}
    return _differences(found, told)


def _by_reason(stated: Mapping[tuple[str, str | None], int]) -> Counts:
    return {reason: count for (outcome, reason), count in stated.items() if outcome != "in"}


def _quarantine(published: Published) -> str | None:
    """Every quarantined row of the funnel has its row in quarantine."""
    lost = published.read(FUNNEL).where(col("outcome") == "quarantined")
    told = lost.groupBy("stage", "drop_reason").sum("row_count").collect()
    rows = published.read(QUARANTINE).groupBy("stage", "reason").count().collect()
    stated: Counts = {f"{row[0]}: {row[1]}": row[2] for row in told}
    found: Counts = {f"{row[0]}: {row[1]}": row[2] for row in rows}
    return _differences(found, stated)


def _differences(found: Counts, stated: Counts) -> str | None:
    for reason in sorted({*found, *stated}, key=str):
        here, told = found.get(reason, 0), stated.get(reason, 0)
        if here != told:
            return f"{reason or 'kept'}: {here} rows in the table, {told} in funnel"
    return None

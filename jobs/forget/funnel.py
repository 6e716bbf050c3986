"""The funnel of what is published, counted from the tables again after rows have gone."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial

from pyspark.sql.functions import col

from jobs.accounting import count_outcomes, funnel_rows
from jobs.forget.context import Forgetting
from jobs.forget.merges import replace_rows
from jobs.ledger import few_rows
from jobs.retrieval.since import asked_images
from jobs.verify.accounting import DUPLICATES, OUTCOMES
from realsyn_lib.stages import OWNER_OF
from realsyn_lib.tables import (
    FUNNEL,
    IMAGE_DESCRIPTIONS,
    IMAGE_EMBEDDINGS,
    PAIRS,
    RETRIEVED_TEXTS,
    SAMPLES,
    SENTENCE_CLUSTERS,
    SENTENCE_EMBEDDINGS,
    SENTENCES_FOUND,
    SYNTHETIC_TEXTS,
    Table,
)

Outcomes = dict[str | None, int]
# Tables that hold every row of an entity, beside those of OUTCOMES.
_MORE: tuple[tuple[Table, str], ...] = (
    (SENTENCES_FOUND, "sentence"),
    (SENTENCE_CLUSTERS, "sentence"),
    (IMAGE_DESCRIPTIONS, "image"),
    (SYNTHETIC_TEXTS, "image"),
)
_VECTORS = {"image": IMAGE_EMBEDDINGS, "sentence": SENTENCE_EMBEDDINGS}


def recount(work: Forgetting, refused: dict[str, int]) -> None:
    """Write the rows of the published runs anew; those of older runs stay as they were.

    ``refused``: rows of the largest tier that its released files leave out, by reason.
    """
    told = {
        (row["stage"], row["entity"])
        for row in work.rows_of(FUNNEL).select("stage", "entity").distinct().collect()
    }
    counted, published = [], []
    for stage, entity, count in _counters(work, refused):
        run = work.ledger.last_finished(stage)
        if run is None or (stage, entity) not in told:
            continue
        outcomes = count()
        rows = funnel_rows(stage, entity, sum(outcomes.values()), outcomes)
        counted += [{"run_id": run.run_id, "stage": stage, **asdict(row)} for row in rows]
        published.append((run.run_id, stage, entity))
    if not counted:
        return
    spark = work.warehouse.spark
    same = ["run_id", "stage", "entity"]
    anew = spark.createDataFrame(published, ", ".join(f"{name} string" for name in same))
    left = work.rows_of(FUNNEL).join(anew, same, "left_anti").select(*FUNNEL.names)
    replace_rows(work, FUNNEL, left.unionByName(few_rows(spark, FUNNEL, counted)))


def _counters(
    work: Forgetting, refused: dict[str, int]
) -> Iterator[tuple[str, str, Callable[[], Outcomes]]]:
    """Yield stage, entity, and what counts its outcomes."""
    for table, entity in (*OUTCOMES, *_MORE):
        if work.has(table):
            yield OWNER_OF[table.name], entity, partial(_whole, work, table)
    for table, entity in DUPLICATES:
        if work.has(table):
            yield OWNER_OF[table.name], entity, partial(_duplicates, work, table, entity)
    if work.has(RETRIEVED_TEXTS):
        yield "retrieve_texts", "image", partial(_retrieved, work)
    if work.has(SAMPLES):
        yield "publish_release", "pair", partial(_released, work, refused)
        yield "assess_release", "pair", partial(_assessed, work)


def _whole(work: Forgetting, table: Table) -> Outcomes:
    return count_outcomes(work.rows_of(table), table)


def _assessed(work: Forgetting) -> Outcomes:
    return {None: _kept(work, PAIRS)}


def _duplicates(work: Forgetting, table: Table, entity: str) -> Outcomes:
    dropped = work.rows_of(table).where("id <> representative_id").groupBy("kind").count().collect()
    outcomes: Outcomes = {f"{row['kind']}_duplicate": row["count"] for row in dropped}
    return outcomes | {None: _kept(work, _VECTORS[entity]) - sum(outcomes.values())}


def _retrieved(work: Forgetting) -> Outcomes:
    asked = asked_images(work.rows_of).count()
    found = work.rows_of(RETRIEVED_TEXTS).where("rank = 1").count()
    return {None: found, "no_text": asked - found} if asked > found else {None: found}


def _released(work: Forgetting, refused: dict[str, int]) -> Outcomes:
    tiers = work.rows_of(SAMPLES).groupBy("tier").count().collect()
    largest = max((row["count"] for row in tiers), default=0)
    left_out = sum(refused.values())
    if left_out > largest:  # the files are older than the tier
        return {None: largest}
    kept: Outcomes = {None: largest - left_out}
    return kept | refused


def _kept(work: Forgetting, table: Table) -> int:
    return work.rows_of(table).where(col("drop_reason").isNull()).count()

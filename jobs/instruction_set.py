"""retrieved_texts, image_descriptions -> llm_answers, files: the paper's instruction set."""

import os
from collections.abc import Callable
from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql.functions import col, expr, lit

from jobs.answers import Answers, Asking
from jobs.export_place import written_whole
from jobs.export_places import remember_export
from jobs.export_seal import seal_export
from jobs.generate_texts import prompts
from jobs.published import Published
from jobs.stage_locks import StageLocks
from realsyn_lib.balance import hash_rank_sql
from realsyn_lib.errors import GateError
from realsyn_lib.files import remove_folder, write_bytes
from realsyn_lib.generation.answer import AnswerRules
from realsyn_lib.generation.instructions import INFO_FILE, TRAIN_FILE, dataset_info, training_yaml
from realsyn_lib.tables import IMAGE_DESCRIPTIONS, RETRIEVED_TEXTS, SYNTHETIC_TEXTS
from udfs.check_answers import COLUMNS, check_answers
from udfs.write_instructions import WRITTEN_DDL, write_instructions


@dataclass(frozen=True)
class Written:
    """Tasks that were asked, and those that the files hold."""

    asked: int
    written: int
    newly_asked: int


def chosen(pairs: DataFrame, rows: int, seed: int) -> DataFrame:
    """Return so many prompts by hash rank, with ``rank``; all where there are fewer."""
    ranked = pairs.withColumn("rank", expr(hash_rank_sql(seed, "image_id")))
    return ranked.orderBy("rank", "image_id").limit(rows)


def write_instruction_set(
    published: Published, asking: Asking, rules: AnswerRules, rows: int, seed: int, place: str
) -> Written:
    """Choose the tasks, have them answered, and write those whose answer passes the check.

    Raises:
        GateError: there is nothing to ask, or no answer passed.
        LockedError: generators are being asked by another run.
    """
    work = f"{published.warehouse.files}/work/instructions-{asking.digest[:13]}-{os.getpid()}"
    # The stage that asks generators, too: no prompt is asked by two at once.
    with StageLocks(published.warehouse).hold("generate_texts", "instructions"):
        try:
            return _write(published, asking, rules, rows, seed, place, work)
        finally:
            remove_folder(work)


def _write(
    published: Published, asking: Asking, rules: AnswerRules, rows: int, seed: int, place: str,
    work: str,
) -> Written:  # fmt: skip
    descriptions = published.read(IMAGE_DESCRIPTIONS).where(col("drop_reason").isNull())
    pairs = chosen(prompts(published.read(RETRIEVED_TEXTS), descriptions), rows, seed)
    scratch = _scratch(published, work)
    ranks = scratch("chosen", pairs)
    asked = scratch("prompts", asking.digested(ranks.drop("rank")).withColumn("bucket", lit(0)))
    answers = Answers(published.warehouse, {"run_id": "instructions"}, scratch, print)
    counts = answers.ask(asked, asking)
    checked = _checked(asked, answers, asking.generator.name, rules)
    whole = ranks.join(scratch("checked", checked), "image_id")
    laid = whole.where(col("reason").isNull()).repartition(1)
    total = int(counts["asked_prompts"] + counts["cached_prompts"])
    remember_export(published.warehouse.files, place)
    with written_whole(place) as export:
        facts = laid.sortWithinPartitions("rank", "image_id").mapInArrow(
            write_instructions(export), WRITTEN_DDL
        )
        written = sum(row["row_count"] for row in facts.collect())
        if written == 0:
            raise GateError(
                f"instructions: of {total} tasks no answer of {asking.generator.name} passed the check; "
                "see llm_answers, name another --teacher, or move the bounds of generate"
            )
        write_bytes(f"{export.folder}/{INFO_FILE}", dataset_info().encode())
        write_bytes(f"{export.folder}/{TRAIN_FILE}", training_yaml(place).encode())
        made = {"teacher": asking.generator.name, "asked": total, "written": written}
        seal_export(export.folder, made, {})
    return Written(total, written, int(counts["asked_prompts"]))


def _checked(asked: DataFrame, answers: Answers, model: str, rules: AnswerRules) -> DataFrame:
    """Return image_id, output, reason; of equal prompts only the first image's."""
    both = asked.drop("bucket").join(answers.of(asked), "image_id")
    first = both.groupBy("prompt_digest").agg(expr("min(image_id)").alias("image_id"))
    alone = both.join(first.select("image_id"), "image_id", "left_semi")
    judged = alone.mapInArrow(check_answers(model, rules), SYNTHETIC_TEXTS.schema_of(*COLUMNS))
    return judged.select(
        "image_id", col("text").alias("output"), col("fallback_reason").alias("reason")
    )


def _scratch(published: Published, work: str) -> Callable[[str, DataFrame], DataFrame]:
    def scratch(name: str, frame: DataFrame) -> DataFrame:
        place = f"{work}/{name}"
        frame.write.mode("overwrite").parquet(place)
        reader = published.warehouse.spark.read.schema(frame.schema)
        return reader.option("__globPaths__", "false").parquet(place)

    return scratch

"""The tables that stages have made of images and sentences, without those that are gone.

What rested on a sentence that is gone goes, too: the row of retrieved_texts, and, of the closest one,
the synthetic text and the pair that were made of it. `realsyn run` looks for others afterwards.
"""

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql.functions import array, col, expr, lit, row_number
from pyspark.sql.functions import min as min_of
from pyspark.sql.window import Window

from jobs.filter_images import OCCURRENCE, occurrences
from jobs.forget.context import Forgetting
from jobs.forget.losses import kept_rows, occurring
from jobs.forget.merges import delete_rows, update_rows
from realsyn_lib.ids import content_hash_id_sql
from realsyn_lib.tables import (
    IMAGE_CLUSTERS,
    IMAGE_DESCRIPTIONS,
    IMAGE_DUPLICATES,
    IMAGE_EMBEDDINGS,
    IMAGES,
    IMAGES_FOUND,
    LLM_ANSWERS,
    PAIRS,
    RETRIEVED_TEXTS,
    SAMPLES,
    SENTENCE_CLUSTERS,
    SENTENCE_DUPLICATES,
    SENTENCE_EMBEDDINGS,
    SENTENCES,
    SENTENCES_FOUND,
    SYNTHETIC_EMBEDDINGS,
    SYNTHETIC_TEXTS,
    Table,
)

NOBODY = 0  # representative_id where the representative is gone, until the next run chooses another
_OF_IMAGES = (IMAGES, IMAGE_EMBEDDINGS, IMAGE_DESCRIPTIONS, RETRIEVED_TEXTS)
_OF_PAIRS = (SYNTHETIC_TEXTS, SYNTHETIC_EMBEDDINGS, PAIRS, SAMPLES, IMAGE_CLUSTERS)
_OF_SENTENCES = (SENTENCES, SENTENCE_EMBEDDINGS, SENTENCE_CLUSTERS)


@dataclass(frozen=True)
class Gone:
    """Ids of what leaves.

    Attributes:
        images: image_id.
        sentences: sentence_id.
        pairs: image_id of these images, and of those whose synthetic text was made of such a sentence.
    """

    images: DataFrame
    sentences: DataFrame
    pairs: DataFrame


def gone_pairs(work: Forgetting, images: DataFrame, sentences: DataFrame) -> DataFrame:
    """Return image_id of images that are gone, and of those whose closest text is."""
    found = images
    if work.has(RETRIEVED_TEXTS):
        closest = work.rows_of(RETRIEVED_TEXTS).where(col("rank") == 1)
        found = found.union(closest.join(sentences, "sentence_id", "left_semi").select("image_id"))
    if work.has(PAIRS):
        texts = work.rows_of(PAIRS).withColumn("sentence_id", expr(content_hash_id_sql("text1")))
        named = texts.where(work.is_named(col("text1")) | work.is_named(col("syn_text")))
        found = found.union(texts.join(sentences, "sentence_id", "left_semi").select("image_id"))
        found = found.union(named.select("image_id"))
    return kept_rows(work, "gone_pairs", found, "image_id bigint").distinct()


def stages_to_redo(work: Forgetting, gone: Gone) -> list[str]:
    """Return the stages whose rows stood for others, or leave a place that others may take."""
    due = []
    for stage, table, ids in (
        ("dedup_images", IMAGE_DUPLICATES, gone.images.toDF("id")),
        ("dedup_sentences", SENTENCE_DUPLICATES, gone.sentences.toDF("id")),
    ):
        if work.has(table) and not work.rows_of(table).join(ids, "id", "left_semi").isEmpty():
            due.append(stage)
    if work.has(RETRIEVED_TEXTS):
        texts = work.rows_of(RETRIEVED_TEXTS).join(gone.images, "image_id", "left_anti")
        if not texts.join(gone.sentences, "sentence_id", "left_semi").isEmpty():
            due.append("retrieve_texts")
    return due


def clean_derived(
    work: Forgetting, gone: Gone, lost_images: DataFrame, lost_sentences: DataFrame
) -> None:
    """Take out what is gone, last what was made last: a reference never lacks what it names."""
    for table in reversed(_OF_PAIRS):
        delete_rows(work, table, gone.pairs)
    _shorten_pairs(work, gone.sentences)
    _clean_answers(work, gone)
    _close_ranks(work, gone)
    for table in reversed(_OF_IMAGES):
        delete_rows(work, table, gone.images)
    for table in reversed(_OF_SENTENCES):
        delete_rows(work, table, gone.sentences)
    _clean_duplicates(work, IMAGE_DUPLICATES, gone.images.toDF("id"))
    _clean_duplicates(work, SENTENCE_DUPLICATES, gone.sentences.toDF("id"))
    _move_images(work, lost_images.join(gone.images, "image_id", "left_anti"))
    _move_sentences(work, lost_sentences.join(gone.sentences, "sentence_id", "left_anti"))


def _shorten_pairs(work: Forgetting, sentences: DataFrame) -> None:
    """A second or third text that is gone leaves its place to the next."""
    if not work.has(PAIRS):
        return
    rows = work.rows_of(PAIRS).select("image_id", "text2", "text3")
    for name in ("text2", "text3"):
        ids = sentences.select(
            col("sentence_id").alias(f"{name}_id"), lit(True).alias(f"{name}_gone")
        )
        rows = rows.withColumn(f"{name}_id", expr(content_hash_id_sql(name)))
        rows = rows.join(ids, f"{name}_id", "left")
        rows = rows.withColumn(
            f"{name}_gone", col(f"{name}_gone").isNotNull() | work.is_named(col(name))
        )
    rows = rows.where(expr("coalesce(text2_gone, false) OR coalesce(text3_gone, false)"))
    left = array(
        *(expr(f"IF(coalesce({name}_gone, false), NULL, {name})") for name in ("text2", "text3"))
    )
    rows = rows.withColumn("texts", left).selectExpr(
        "image_id", "filter(texts, text -> text IS NOT NULL) AS texts"
    )
    rows = rows.selectExpr("image_id", "get(texts, 0) AS text2", "get(texts, 1) AS text3")
    update_rows(
        work, PAIRS, rows, "t.image_id = s.image_id", {"text2": "s.text2", "text3": "s.text3"}
    )


def _clean_answers(work: Forgetting, gone: Gone) -> None:
    """An answer tells what was asked for in its own words; those that no row names cannot be told apart."""
    if not work.has(LLM_ANSWERS) or (gone.pairs.isEmpty() and gone.sentences.isEmpty()):
        return
    answers = work.rows_of(LLM_ANSWERS).select("prompt_digest")
    if work.has(SYNTHETIC_TEXTS):
        named = work.rows_of(SYNTHETIC_TEXTS).select("prompt_digest")
        answers = answers.join(named, "prompt_digest", "left_anti")
    delete_rows(work, LLM_ANSWERS, answers)


def _close_ranks(work: Forgetting, gone: Gone) -> None:
    """The texts behind one that is gone move up."""
    if not work.has(RETRIEVED_TEXTS):
        return
    found = work.rows_of(RETRIEVED_TEXTS).select("image_id", "rank", "sentence_id")
    hit = found.join(gone.sentences, "sentence_id", "left_semi").select("image_id").distinct()
    rows = found.join(hit, "image_id", "left_semi")
    left = rows.join(gone.sentences, "sentence_id", "left_anti")
    order = Window.partitionBy("image_id").orderBy("rank")
    moved = left.select("image_id", "sentence_id", row_number().over(order).alias("now"))
    changed = rows.join(moved, ["image_id", "sentence_id"], "left")
    changed = changed.where("now IS NULL OR now <> rank")
    update_rows(
        work, RETRIEVED_TEXTS, changed,
        "t.image_id = s.image_id AND t.rank = s.rank AND t.sentence_id = s.sentence_id",
        {"rank": "s.now"}, gone="s.now IS NULL",
    )  # fmt: skip


def _clean_duplicates(work: Forgetting, table: Table, ids: DataFrame) -> None:
    """Members that are gone leave; those that a gone one stood for wait for another."""
    if delete_rows(work, table, ids) == 0 and not work.has(table):
        return
    rows = work.rows_of(table)
    first = Window.partitionBy("kind", "component_id")
    named = {name: ids.select(col("id").alias(name), lit(True).alias(f"{name}_gone")) for name in
             ("component_id", "representative_id")}  # fmt: skip
    told = rows.select("id", "kind", "component_id", "representative_id",
                       min_of("id").over(first).alias("least"))  # fmt: skip
    for name, frame in named.items():
        told = told.join(frame, name, "left")
    hit = told.where("component_id_gone OR representative_id_gone")
    update_rows(
        work, table, hit, "t.id = s.id AND t.kind = s.kind",
        {
            "component_id": "IF(s.component_id_gone, s.least, t.component_id)",
            "representative_id": f"IF(s.representative_id_gone, {NOBODY}L, t.representative_id)",
        },
    )  # fmt: skip


def _move_images(work: Forgetting, ids: DataFrame) -> None:
    """Images that occur elsewhere, too, are told to be there."""
    if not work.has(IMAGES) or ids.isEmpty():
        return
    found = occurring(work, IMAGES_FOUND).join(ids, "image_id", "left_semi")
    values = {name: f"s.`{name}`" for name in OCCURRENCE}
    update_rows(work, IMAGES, occurrences(found), "t.image_id = s.image_id", values)


def _move_sentences(work: Forgetting, ids: DataFrame) -> None:
    if not work.has(SENTENCES) or ids.isEmpty():
        return
    found = occurring(work, SENTENCES_FOUND).join(ids, "sentence_id", "left_semi")
    least = found.groupBy("sentence_id").agg(
        expr("min(struct(document_id, position, sentence_no)) AS least"),
        expr("count(*) AS occurrence_count"),
    )
    rows = least.select("sentence_id", "least.document_id", "least.position", "occurrence_count")
    values = {name: f"s.`{name}`" for name in ("document_id", "position", "occurrence_count")}
    update_rows(work, SENTENCES, rows, "t.sentence_id = s.sentence_id", values)

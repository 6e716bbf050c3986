"""What came and went among images and sentences since the last run, and what that run found."""

from collections.abc import Callable
from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql.functions import col, lit

from jobs.changed_ids import ChangedIds, changed_ids
from jobs.dedup.survivors import survivors
from jobs.faults import unless_gone
from jobs.past_tables import past_reader
from jobs.stage import Stage
from realsyn_lib.tables import (
    IMAGE_DUPLICATES,
    IMAGE_EMBEDDINGS,
    IMAGES,
    RETRIEVED_TEXTS,
    SENTENCE_CENTROIDS,
    SENTENCE_CLUSTERS,
    SENTENCE_EMBEDDINGS,
    Table,
)

_LARGEST_SHARE = 0.2  # of the sentences; where more came or went, all images are searched


@dataclass(frozen=True)
class Since:
    """``new``, ``lost``: rows of sentence_clusters of sentences that came, and, of then, that went.

    ``found``: rows of retrieved_texts as the last run left them.
    """

    images: ChangedIds
    sentences: ChangedIds
    new: DataFrame
    lost: DataFrame
    found: DataFrame


def asked_images(read: Callable[[Table], DataFrame]) -> DataFrame:
    """Return image_id, content_id, embedding of the images that no duplicate stands for."""
    kept, vectors = (
        read(table).where(col("drop_reason").isNull()) for table in (IMAGES, IMAGE_EMBEDDINGS)
    )
    kept = kept.select("image_id", "content_id")
    alive = survivors(kept, read(IMAGE_DUPLICATES), "image_id")
    return alive.join(vectors.select("image_id", "embedding"), "image_id")


def since_last(stage: Stage, images: DataFrame, sentences: DataFrame, count: int) -> Since | None:
    """Compare images and ``count`` sentences with those of the last run.

    Returns:
        None where what it found cannot be gone on with: other settings, code, encoder, centroids or
        blocks, a limit on the uses of a sentence (then all images share them), or too many sentences.
    """
    last = stage.ledger.last_finished(stage.spec.name)
    read = past_reader(stage, IMAGE_EMBEDDINGS, SENTENCE_EMBEDDINGS)
    if last is None or read is None:
        return None
    if last.metrics.get("blocks") != stage.metrics["blocks"]:
        return None
    centroids = (run.input_versions[SENTENCE_CENTROIDS.name] for run in (last, stage.attempt))
    if len(set(centroids)) > 1 or stage.conf.retrieval.max_uses is not None:
        return None
    since = unless_gone(lambda: _compared(stage, images, sentences, read))
    if since is None:
        return None
    changed = since.sentences.added + since.sentences.removed
    return since if changed <= _LARGEST_SHARE * count else None


def _compared(
    stage: Stage, images: DataFrame, sentences: DataFrame, read: Callable[[Table], DataFrame]
) -> Since:
    then = asked_images(read)  # another picture may come under an old address
    pictures = changed_ids(stage, "changed_images", then, images, "image_id", ("content_id",))
    placed = read(SENTENCE_CLUSTERS)
    texts = changed_ids(stage, "changed_sentences", placed, sentences, "sentence_id")
    new = _rows(stage, "new_sentences", sentences, texts.came, texts.added)
    lost = _rows(stage, "lost_sentences", placed, texts.went, texts.removed)
    return Since(pictures, texts, new, lost, read(RETRIEVED_TEXTS).select(*RETRIEVED_TEXTS.names))


def _rows(stage: Stage, name: str, sentences: DataFrame, ids: DataFrame, count: int) -> DataFrame:
    """Return the rows of some ids, stored; the table is not read for none."""
    rows = sentences.select(*SENTENCE_CLUSTERS.names)
    if count == 0:
        return rows.where(lit(False))
    return stage.scratch(name, rows.join(ids, "sentence_id", "left_semi"))

"""What came and went among images and sentences since the last run, and what that run found."""

from collections.abc import Callable
from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql.functions import col

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
    Table,
)

_LARGEST_SHARE = 0.2  # of the sentences; where more came or went, all images are searched


@dataclass(frozen=True)
class Since:
    """``found``: rows of retrieved_texts as the last run left them, of images and sentences then."""

    images: ChangedIds
    sentences: ChangedIds
    found: DataFrame


def asked_images(read: Callable[[Table], DataFrame]) -> DataFrame:
    """Return image_id, embedding of the images that no duplicate stands for."""
    kept, vectors = (
        read(table).where(col("drop_reason").isNull()) for table in (IMAGES, IMAGE_EMBEDDINGS)
    )
    alive = survivors(kept.select("image_id"), read(IMAGE_DUPLICATES), "image_id")
    return vectors.select("image_id", "embedding").join(alive, "image_id", "left_semi")


def since_last(stage: Stage, images: DataFrame, sentences: DataFrame, count: int) -> Since | None:
    """Compare images and ``count`` sentences with those of the last run.

    Returns:
        None where what it found cannot be gone on with: other settings, code, centroids or blocks,
        a limit on the uses of a sentence (then all images share them), or too many sentences.
    """
    last, read = stage.ledger.last_finished(stage.spec.name), past_reader(stage)
    if last is None or read is None:
        return None
    if last.metrics.get("blocks") != stage.metrics["blocks"]:
        return None
    centroids = (run.input_versions[SENTENCE_CENTROIDS.name] for run in (last, stage.attempt))
    if len(set(centroids)) > 1 or stage.conf.retrieval.max_uses is not None:
        return None

    def look() -> Since:
        then = asked_images(read).select("image_id")
        return Since(
            changed_ids(stage, "changed_images", then, images, "image_id"),
            changed_ids(
                stage, "changed_sentences", read(SENTENCE_CLUSTERS), sentences, "sentence_id"
            ),
            read(RETRIEVED_TEXTS),
        )

    since = unless_gone(look)
    if since is None:
        return None
    changed = since.sentences.added + since.sentences.removed
    return since if changed <= _LARGEST_SHARE * count else None

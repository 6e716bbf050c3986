"""Ids that one table takes from another: each must be there."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from pyspark.sql.functions import col

from jobs.opt_out_table import FORGOTTEN
from jobs.other_sentences import SENTENCES_FROM
from jobs.published import Published
from realsyn_lib.stages import OWNER_OF, SENTENCE_STAGES
from realsyn_lib.tables import TABLES_BY_NAME


@dataclass(frozen=True)
class Reference:
    """``child.column`` is one of ``parent.key``, of the rows that were kept where that is known."""

    child: str
    column: str
    parent: str
    key: str


REFERENCES = (
    Reference("images_found", "document_id", "documents", "document_id"),
    Reference("sentences_found", "document_id", "documents", "document_id"),
    Reference("image_bytes", "image_id", "images_found", "image_id"),
    Reference("images", "image_id", "image_bytes", "image_id"),
    Reference("image_embeddings", "image_id", "images", "image_id"),
    Reference("image_duplicates", "id", "images", "image_id"),
    Reference("image_duplicates", "representative_id", "images", "image_id"),
    Reference("sentences", "sentence_id", "sentences_found", "sentence_id"),
    Reference("sentence_embeddings", "sentence_id", "sentences", "sentence_id"),
    Reference("sentence_duplicates", "id", "sentences", "sentence_id"),
    Reference("sentence_duplicates", "representative_id", "sentences", "sentence_id"),
    Reference("sentence_clusters", "sentence_id", "sentences", "sentence_id"),
    Reference("sentence_clusters", "cluster_id", "sentence_centroids", "cluster_id"),
    Reference("retrieved_texts", "image_id", "images", "image_id"),
    Reference("retrieved_texts", "sentence_id", "sentence_clusters", "sentence_id"),
    Reference("image_descriptions", "image_id", "images", "image_id"),
    Reference("synthetic_texts", "image_id", "retrieved_texts", "image_id"),
    Reference("synthetic_embeddings", "image_id", "synthetic_texts", "image_id"),
    Reference("pairs", "image_id", "retrieved_texts", "image_id"),
    Reference("image_clusters", "image_id", "pairs", "image_id"),
    Reference("image_clusters", "cluster_id", "image_centroids", "cluster_id"),
    Reference("samples", "image_id", "pairs", "image_id"),
)


def reference_checks(published: Published) -> Iterator[tuple[str, Callable[[], str | None]]]:
    """Every reference between tables of one state.

    A parent that was written anew since the child was made proves nothing and is left out:
    `realsyn status` calls such a child out of date.
    """
    for reference in REFERENCES:
        if _of_one_state(published, reference):
            name = f"{reference.child}.{reference.column} in {reference.parent}"
            yield name, partial(_missing, published, reference)


def _of_one_state(published: Published, reference: Reference) -> bool:
    child, parent = OWNER_OF[reference.child], OWNER_OF[reference.parent]
    run = published.ledger.last_finished(child)
    if run is None or not published.has(TABLES_BY_NAME[reference.child]):
        return False
    if FORGOTTEN in run.input_versions:  # its stage runs next: rows stand for others that are gone
        return False
    if SENTENCES_FROM in run.input_versions and parent in SENTENCE_STAGES:
        return False  # the parent is a table of another warehouse
    if not published.has(TABLES_BY_NAME[reference.parent]):
        return False
    version = published.ledger.published(reference.parent)
    return child == parent or run.input_versions.get(reference.parent) == version


def _missing(published: Published, reference: Reference) -> str | None:
    parent = published.read(TABLES_BY_NAME[reference.parent])
    if "drop_reason" in parent.columns:
        parent = parent.where(col("drop_reason").isNull())
    keys = parent.select(col(reference.key).alias("key")).distinct()
    child = published.read(TABLES_BY_NAME[reference.child])
    ids = child.select(col(reference.column).alias("key")).where(col("key").isNotNull())
    lost = ids.join(keys, "key", "left_anti").agg({"key": "min", "*": "count"}).collect()[0]
    count, example = lost["count(1)"], lost["min(key)"]
    if not count:
        return None
    return f"{count} rows name one that is not there or was dropped, such as {example}"

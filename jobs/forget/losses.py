"""What the requests take from a warehouse, by id: kept in working files, so that a kill forgets none of it.

The files hold ids and redacted rows. Each attempt adds what it finds to what those before it found.
"""

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql.functions import col, explode, expr, lit

from jobs.forget.context import Forgetting
from jobs.table_pictures import is_in_table
from realsyn_lib.forget.documents import FORGOTTEN_SOURCE, REASON
from realsyn_lib.tables import (
    DOCUMENTS,
    IMAGE_BYTES,
    IMAGES,
    IMAGES_FOUND,
    PAIRS,
    SENTENCES_FOUND,
    Table,
)
from udfs.redact_documents import REDACTED_DDL, redact_documents

# As in realsyn_lib.forget.documents: a row that is emptied then has its place as its locator.
PLACE_SQL = "sha2(concat({0}source, char(0), {0}locator), 256)"
_URLS = ((IMAGE_BYTES, "url"), (IMAGES, "url"), (PAIRS, "raw_image_url"))


@dataclass(frozen=True)
class Occurrences:
    """Places that lose their content.

    Attributes:
        documents: the redacted rows of documents, ``REDACTED_DDL``.
        gone: document_id of documents that are named as a whole.
        images: document_id, position, is_named (else only the alt text goes) in other documents.
        sentences: document_id, position of paragraphs in other documents.
    """

    documents: DataFrame
    gone: DataFrame
    images: DataFrame
    sentences: DataFrame


def find_occurrences(work: Forgetting) -> Occurrences:
    """Look through all documents for what is named."""
    found = None
    if work.has(DOCUMENTS):
        rows = work.rows_of(DOCUMENTS).withColumn("place", expr(PLACE_SQL.format("")))
        found = rows.mapInArrow(redact_documents(work.opt_out), REDACTED_DDL)
    documents = _rows(
        work, "documents", found, REDACTED_DDL, "overwrite"
    )  # the tables hold the older ones
    sound = documents.where("was_sound")
    gone = sound.where(col("source") == FORGOTTEN_SOURCE).select(
        col("was_document_id").alias("document_id")
    )
    left = sound.where(col("source") != FORGOTTEN_SOURCE)
    items = left.select("document_id", explode("items").alias("item"))
    items = items.select("document_id", "item.*")
    is_named = col("url_reason").eqNullSafe(REASON)
    images = items.where((col("kind") == "image") & (is_named | col("alt_text").isNull()))
    paragraphs = items.where((col("kind") == "text") & (col("text") == ""))
    place = "document_id bigint, position int"
    images = images.select("document_id", "position", is_named.alias("is_named"))
    paragraphs = paragraphs.select("document_id", "position")
    return Occurrences(
        documents,
        kept_rows(work, "gone", gone, "document_id bigint").distinct(),
        kept_rows(work, "images", images, f"{place}, is_named boolean").distinct(),
        kept_rows(work, "paragraphs", paragraphs, place).distinct(),
    )


def lost_images(work: Forgetting, places: Occurrences) -> DataFrame:
    """Return image_id of images that lose an occurrence."""
    found = []
    if work.has(IMAGES_FOUND):
        rows = work.rows_of(IMAGES_FOUND).where(col("image_id").isNotNull())
        named = places.images.where("is_named")
        found = [
            rows.join(places.gone, "document_id", "left_semi"),
            rows.join(named, ["document_id", "position"], "left_semi"),
        ]
    ids = _union([rows.select("image_id") for rows in found])
    return kept_rows(work, "lost_images", ids, "image_id bigint").distinct()


def named_images(work: Forgetting) -> DataFrame:
    """Return image_id of images whose address, file or look is named.

    ``noted_sha256`` is the file of those named by their look, or by a row of a table: rows may move.
    """
    nothing = lit(None).cast("string").alias("noted_sha256")
    found = [
        work.rows_of(table).where(work.is_named(col(column))).select("image_id", nothing)
        for table, column in _URLS
        if work.has(table)
    ]
    asked, spark = work.opt_out, work.warehouse.spark
    if work.has(IMAGE_BYTES):
        files = work.rows_of(IMAGE_BYTES).select("image_id", "sha256")
        digests = spark.createDataFrame([(one,) for one in sorted(asked.sha256)], "sha256 string")
        found.append(files.join(digests, "sha256", "left_semi").select("image_id", nothing))
        in_rows = work.rows_of(IMAGE_BYTES).where(is_in_table() & work.is_named(col("url")))
        found.append(in_rows.select("image_id", col("sha256").alias("noted_sha256")))
        if asked.phashes and work.has(IMAGES):
            hashes = spark.createDataFrame(
                [(one,) for one in sorted(asked.phashes)], "phash bigint"
            )
            looks = work.rows_of(IMAGES).join(hashes, "phash", "left_semi").select("image_id")
            same = files.join(looks, "image_id", "left_semi").toDF("image_id", "noted_sha256")
            found.append(same)
    return kept_rows(work, "named_images", _union(found), "image_id bigint, noted_sha256 string")


def lost_sentences(work: Forgetting, places: Occurrences) -> DataFrame:
    """Return sentence_id of sentences that lose an occurrence."""
    found = []
    if work.has(SENTENCES_FOUND):
        rows = work.rows_of(SENTENCES_FOUND)
        found = [
            rows.join(places.gone, "document_id", "left_semi"),
            rows.join(places.sentences, ["document_id", "position"], "left_semi"),
        ]
    ids = _union([rows.select("sentence_id") for rows in found])
    return kept_rows(work, "lost_sentences", ids, "sentence_id bigint").distinct()


def without_place(lost: DataFrame, found: DataFrame, key: str) -> DataFrame:
    """Return the ids that occur nowhere any more."""
    return lost.join(found.where(col(key).isNotNull()).select(key), key, "left_anti")


def occurring(work: Forgetting, table: Table) -> DataFrame:
    """Return the sound rows of images_found or sentences_found; none where the table is not there."""
    if not work.has(table):
        return work.warehouse.spark.createDataFrame([], table.ddl())
    rows = work.rows_of(table)
    return rows.where(col("drop_reason").isNull()) if "drop_reason" in table.names else rows


def kept_rows(work: Forgetting, name: str, found: DataFrame | None, ddl: str) -> DataFrame:
    """Add rows to a working file and return all that it holds."""
    return _rows(work, name, found, ddl, "append")


def _rows(work: Forgetting, name: str, found: DataFrame | None, ddl: str, mode: str) -> DataFrame:
    place = work.place(name)
    rows = found if found is not None else work.warehouse.spark.createDataFrame([], ddl)
    rows.write.mode(mode).parquet(place)
    return work.reader(ddl).parquet(place)


def _union(frames: list[DataFrame]) -> DataFrame | None:
    if not frames:
        return None
    first, *rest = frames
    for frame in rest:
        first = first.unionByName(frame)
    return first

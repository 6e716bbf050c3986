"""Pictures that lie in a column of the input's parquet files.

A column knows no access to one row: the files are read through, once, and only the rows that are wanted
leave the task that read them.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql.functions import broadcast, col, concat, expr, lit, octet_length, when

from jobs.deal_hosts import host_of_url
from jobs.input_files import InputFile
from jobs.inputs import InputFiles, picture_column
from jobs.parquet_rows import bytes_of, columns_in, rows_in, rows_of_bytes
from jobs.session_keys import session_keys
from jobs.stage import Stage
from realsyn_lib.errors import InputError
from realsyn_lib.ids import content_hash_id_sql
from realsyn_lib.sources.columns import IMAGE
from realsyn_lib.sources.formats import SourceFormat
from realsyn_lib.sources.options import SourceOptions, format_for
from realsyn_lib.table_rows import ROW_ADDRESS, row_url
from realsyn_lib.tables import IMAGE_BYTES
from udfs.fetched_row import COLUMNS
from udfs.stated_digests import held_to_digests
from udfs.stored_bytes import stored_bytes

Pictures = Callable[[int], DataFrame]
FEW_ROWS = 1_000_000  # their ids and addresses are some 150 MB
_DDL = "image_id bigint, url string, size_bytes bigint, bytes binary"
_BATCH_ROWS = "spark.sql.parquet.columnarReaderBatchSize"
_BATCH_BYTES = 2**26  # of pictures in one batch of a task; its buffers may take twice that


def is_in_table() -> Column:
    """Say of the column ``url`` whether it is the address of a row, not of a file or of the web."""
    return (host_of_url() == "") & col("url").rlike(f"^{ROW_ADDRESS}$")


def pictures_by_bucket(stage: Stage, wanted: DataFrame, rows: int) -> Pictures | None:
    """Return a function that gives ``table_pictures`` by bucket; None where no column holds any.

    Of the files only footers are read before the first call. With several buckets bytes are then laid out by
    bucket, once; a killed attempt that had done so finds them again.

    Args:
        stage: of the run.
        wanted: has image_id of all that are wanted; where they are few, no others are laid out.
        rows: how many of them lie in tables.

    Raises:
        InputError: the input's files are not known, or others than those that documents were extracted from.
    """
    column = picture_column(stage.config, stage.inputs.format)
    if column is None:
        return None
    if stage.listing is None:
        raise InputError("fetch_images: --input is missing; name the tables that hold the pictures")
    _refuse_moved_rows(stage, stage.listing)
    files = _sound(stage.listing)
    if not files:
        return None
    read = table_pictures(stage.spark, column, files, stage.conf.fetch.max_body_bytes)
    if stage.config.buckets.count == 1:
        return lambda _bucket: read
    if rows <= FEW_ROWS:
        read = read.join(broadcast(wanted.select("image_id")), "image_id", "left_semi")
    laid_out = cache(lambda: stage.resumable("table_pictures", _DDL, lambda: read, "image_id"))
    return lambda bucket: stage.of_bucket(laid_out(), bucket, "image_id").drop("bucket")


def _refuse_moved_rows(stage: Stage, listing: InputFiles) -> None:
    """A row's number tells which picture goes with which text only in the very file it was counted in."""
    extracted = stage.ledger.last_finished("extract_documents")
    now = listing.fingerprints()
    if extracted is not None and now.items() <= extracted.input_versions.items():
        return
    raise InputError(
        "fetch_images: files of --input have changed since extract_documents read them, so that rows may "
        "hold other pictures; run from there: --from extract_documents"
    )


@contextmanager
def picture_batches(stage: Stage) -> Iterator[None]:
    """Read, for the time of the block, so few rows at once that their pictures are ``_BATCH_BYTES``.

    Foreign files have row groups of any size, and Spark's reader holds a batch of values whole.
    """
    column = picture_column(stage.config, stage.inputs.format)
    files = _sound(stage.listing) if column is not None and stage.listing is not None else []
    if not files or column is None:
        yield
        return
    typed = columns_in(files, _pictures_form(column)).field(column)
    usual = int(str(stage.spark.conf.get(_BATCH_ROWS)))
    rows = min(usual, rows_of_bytes(typed, files, _BATCH_BYTES))
    with session_keys(stage.spark, {_BATCH_ROWS: str(rows)}):
        yield


def _sound(listing: InputFiles) -> list[InputFile]:
    return [file for file in listing.documents if file.problem is None]


def _pictures_form(column: str) -> SourceFormat:
    return format_for("columns", SourceOptions(columns=((IMAGE, column),)))


def table_pictures(
    spark: SparkSession, column: str, files: Iterable[InputFile], max_bytes: int
) -> DataFrame:
    """Return image_id, url, size_bytes and bytes of every row of sound files.

    ``size_bytes`` is null where a row holds no picture; ``bytes`` also where it is larger than
    ``max_bytes``: it never reaches Python.

    Raises:
        InputError: a file is no parquet, or lacks such a column.
    """
    named = list(files)
    columns = columns_in(named, _pictures_form(column))
    rows = rows_in(spark, columns, named, [bytes_of(columns.field(column)).alias("bytes")])
    placed = rows.select(
        concat(col("source"), lit(row_url("", "")), col("locator")).alias("url"),
        octet_length("bytes").cast("bigint").alias("size_bytes"),
        "bytes",
    )
    return placed.select(
        expr(content_hash_id_sql("url")).alias("image_id"),
        "url",
        "size_bytes",
        when(col("size_bytes") <= max_bytes, col("bytes")).alias("bytes"),
    )


def judged_pictures(
    wanted: DataFrame, pictures: DataFrame, max_bytes: int, opted_out: frozenset[str], rows: int
) -> DataFrame:
    """Return the rows of ``image_bytes``, without ``bucket``, of pictures in tables.

    Args:
        wanted: image_id (unique), url and stated_sha256; where they are few they travel to the bytes.
        pictures: as ``table_pictures`` returns them.
        max_bytes: above it a picture is body_too_large. opted_out: SHA-256 digests of what is not kept.
        rows: how many are wanted, or more.
    """
    key = ["image_id", "url"]
    asked = wanted.select(*key, "stated_sha256")
    judge = held_to_digests(stored_bytes(max_bytes, opted_out))
    near = broadcast(asked) if rows <= FEW_ROWS else asked
    found = pictures.join(near, key).mapInArrow(
        judge, IMAGE_BYTES.schema_of(*COLUMNS, "stated_sha256")
    )
    gone = asked.join(pictures.select(*key), key, "left_anti").select(
        *key,
        "stated_sha256",
        lit("not_found").alias("drop_reason"),
        lit("no such row").alias("detail"),
    )
    return found.unionByName(gone, allowMissingColumns=True)

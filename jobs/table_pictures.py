"""Pictures that lie in a column of the input's parquet files.

A column knows no access to one row: the files are read through, once, and only the rows that are wanted
leave the task that read them.
"""

from collections.abc import Callable, Iterable
from functools import cache

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql.functions import broadcast, col, concat, expr, lit, octet_length, when

from jobs.deal_hosts import host_of_url
from jobs.input_files import InputFile
from jobs.inputs import picture_column
from jobs.parquet_rows import bytes_of, columns_in, rows_in
from jobs.stage import Stage
from realsyn_lib.errors import InputError
from realsyn_lib.ids import content_hash_id_sql
from realsyn_lib.sources.columns import IMAGE
from realsyn_lib.sources.options import SourceOptions, format_for
from realsyn_lib.table_rows import ROW_ADDRESS, row_url
from realsyn_lib.tables import IMAGE_BYTES
from udfs.fetched_row import COLUMNS
from udfs.stated_digests import held_to_digests
from udfs.stored_bytes import stored_bytes

Pictures = Callable[[int], DataFrame]


def is_in_table() -> Column:
    """Say of the column ``url`` whether it is the address of a row, not of a file or of the web."""
    return (host_of_url() == "") & col("url").rlike(f"^{ROW_ADDRESS}$")


def pictures_by_bucket(stage: Stage) -> Pictures | None:
    """Return a function that gives ``table_pictures`` by bucket; None where no column holds any.

    Nothing is read before the first call. With several buckets all bytes are then laid out by bucket, once.

    Raises:
        InputError: the input's files are not known.
    """
    column = picture_column(stage.config, stage.inputs.format)
    if column is None:
        return None
    if stage.listing is None:
        raise InputError("fetch_images: --input is missing; name the tables that hold the pictures")
    files = [file for file in stage.listing.documents if file.problem is None]
    if not files:
        return None
    max_bytes = stage.conf.fetch.max_body_bytes
    laid_out = cache(
        lambda: stage.by_bucket(
            "table_pictures",
            lambda: table_pictures(stage.spark, column, files, max_bytes),
            "image_id",
        )
    )
    return lambda bucket: laid_out()(bucket)


def table_pictures(
    spark: SparkSession, column: str, files: Iterable[InputFile], max_bytes: int
) -> DataFrame:
    """Return image_id, url, size_bytes and bytes of every row of sound files.

    ``size_bytes`` is null where a row holds no picture; ``bytes`` also where it is larger than
    ``max_bytes``: it never reaches Python.

    Raises:
        InputError: a file is no parquet, or lacks such a column.
    """
    named, form = list(files), format_for("columns", SourceOptions(columns=((IMAGE, column),)))
    columns = columns_in(named, form)
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
    wanted: DataFrame, pictures: DataFrame, max_bytes: int, opted_out: frozenset[str]
) -> DataFrame:
    """Return the rows of ``image_bytes``, without ``bucket``, of pictures in tables.

    Args:
        wanted: image_id (unique), url and stated_sha256; they travel to the bytes, not the bytes to them.
        pictures: as ``table_pictures`` returns them.
        max_bytes: above it a picture is body_too_large. opted_out: SHA-256 digests of what is not kept.
    """
    key = ["image_id", "url"]
    asked = wanted.select(*key, "stated_sha256")
    judge = held_to_digests(stored_bytes(max_bytes, opted_out))
    found = pictures.join(broadcast(asked), key).mapInArrow(
        judge, IMAGE_BYTES.schema_of(*COLUMNS, "stated_sha256")
    )
    gone = asked.join(pictures.select(*key), key, "left_anti").select(
        *key,
        "stated_sha256",
        lit("not_found").alias("drop_reason"),
        lit("no such row").alias("detail"),
    )
    return found.unionByName(gone, allowMissingColumns=True)

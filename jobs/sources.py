"""Input files -> records for the format's parser, one row for each document."""

from dataclasses import astuple

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import expr, lit, sha2

from jobs.input_files import InputFile
from jobs.parquet_rows import bytes_of, columns_in, parted_by_gaps, rows_in, value_of
from realsyn_lib.sources.columns import IMAGE
from realsyn_lib.sources.formats import SourceFormat

_FILE_COLUMNS = "source string, path string, size_bytes bigint, mtime_ns bigint, reason string"
_REFUSED_COLUMNS = "source string, locator string, reason string"


def file_records(
    spark: SparkSession, files: tuple[InputFile, ...], limit: int | None, tasks: int
) -> DataFrame:
    """Return (source, path, size_bytes, reason) of files that are one document each."""
    listing = spark.createDataFrame([astuple(file) for file in files], _FILE_COLUMNS)
    chosen = first_by_hash(listing, limit, "source")
    return chosen.repartition(tasks, "source").select("source", "path", "size_bytes", "reason")


def table_records(
    spark: SparkSession,
    source_format: SourceFormat,
    files: tuple[InputFile, ...],
    limit: int | None,
) -> DataFrame:
    """Return the rows of parquet files with ``source`` and ``locator`` (row number in the file).

    A file with a problem is one row: its ``reason``, and none of the format's columns.

    Raises:
        InputError: a file is no parquet, or lacks a column; names both.
    """
    sound = [file for file in files if file.problem is None]
    refused = [(file.source, "", file.problem) for file in files if file.problem is not None]
    parts = [_rows_of(spark, source_format, sound)] if sound else []
    parts += [spark.createDataFrame(refused, _REFUSED_COLUMNS)] if refused else []
    rows = parts[0] if len(parts) == 1 else parts[0].unionByName(parts[1], allowMissingColumns=True)
    return first_by_hash(rows, limit, "source || '#' || locator")


def _rows_of(spark: SparkSession, form: SourceFormat, files: list[InputFile]) -> DataFrame:
    columns, parts = columns_in(files, form), form.parts or {}
    named = {parts.get(column.name, column.name): column for column in columns}
    picture = named.get(IMAGE)
    if picture is None:
        values = [value_of(column).alias(part) for part, column in named.items()]
        return rows_in(spark, columns, files, values)
    # Of a picture a record has only whether it is there; none is read where a footer says that all are.
    whole, gappy = parted_by_gaps(picture, files)
    seen = [(whole, lit(True)), (gappy, bytes_of(picture).isNotNull())]
    reads = [
        rows_in(spark, columns, some, [
            (is_there if part == IMAGE else value_of(column)).alias(part)
            for part, column in named.items()
        ])
        for some, is_there in seen if some
    ]  # fmt: skip
    return reads[0] if len(reads) == 1 else reads[0].unionByName(reads[1])


def first_by_hash(frame: DataFrame, limit: int | None, key: str) -> DataFrame:
    """The same rows whatever the partitioning: those of the smallest hashes of their key."""
    if limit is None:
        return frame
    hashed = frame.withColumn("_rank", sha2(expr(key).cast("binary"), 256))
    return hashed.orderBy("_rank").limit(limit).drop("_rank")

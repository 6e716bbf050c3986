"""Input files -> records for the format's parser, one row for each document."""

from dataclasses import astuple
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql.functions import col, create_map, expr, lit, sha2

from jobs.inputs import InputFile
from realsyn_lib.errors import InputError
from realsyn_lib.files import open_file_system
from realsyn_lib.sources.formats import SourceFormat, check_columns

_FILE_COLUMNS = "source string, path string, size_bytes bigint, mtime_ns bigint, reason string"


def file_records(
    spark: SparkSession, files: tuple[InputFile, ...], limit: int | None, tasks: int
) -> DataFrame:
    """Return (source, path, size_bytes, reason) of files that are one document each."""
    listing = spark.createDataFrame([astuple(file) for file in files], _FILE_COLUMNS)
    chosen = _first_by_hash(listing, limit, "source")
    return chosen.repartition(tasks, "source").select("source", "path", "size_bytes", "reason")


def table_records(
    spark: SparkSession,
    source_format: SourceFormat,
    files: tuple[InputFile, ...],
    limit: int | None,
) -> DataFrame:
    """Return the rows of parquet files with ``source`` and ``locator`` (row number in the file).

    Raises:
        InputError: a file is no parquet, or lacks a column; names both.
    """
    assert source_format.columns is not None
    sound = [file for file in files if file.problem is None]
    for file in sound:
        _check_file(file, source_format.columns)
    rows = spark.read.schema(_ddl(source_format.columns)).parquet(*(file.path for file in sound))
    place = _sources_by_uri(sound)
    located = rows.select(
        place[col("_metadata.file_path")].alias("source"),
        col("_metadata.row_index").cast("string").alias("locator"),
        *source_format.columns.names,
    )
    return _first_by_hash(located, limit, "source || '#' || locator")


def _first_by_hash(frame: DataFrame, limit: int | None, key: str) -> DataFrame:
    """The same rows whatever the partitioning: those of the smallest hashes of their key."""
    if limit is None:
        return frame
    hashed = frame.withColumn("_rank", sha2(expr(key).cast("binary"), 256))
    return hashed.orderBy("_rank").limit(limit).drop("_rank")


def _sources_by_uri(files: list[InputFile]) -> Column:
    """Map the URI under which Spark reports a file to its relative address."""
    pairs = []
    for file in files:
        pairs += [lit(_spark_uri(file.path)), lit(file.source)]
    return create_map(*pairs)


def _spark_uri(path: str) -> str:
    return path if "://" in path else "file://" + quote(path, safe="/!$&'()*+,;=:@~-._")


def _check_file(file: InputFile, columns: pa.Schema) -> None:
    system, path = open_file_system(file.path)
    try:
        found = pq.read_schema(path, filesystem=system)
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(
            f"{file.path} is no readable parquet file ({str(error).splitlines()[0][:160]}); remove or "
            "replace it"
        ) from error
    check_columns(file.path, found, columns)


def _ddl(columns: pa.Schema) -> str:
    names = {"string": "string", "list<item: string>": "array<string>"}
    kinds = [f"{field.name} {names.get(str(field.type), 'array<string>')}" for field in columns]
    return ", ".join(kinds)

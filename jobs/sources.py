"""Input files -> records for the format's parser, one row for each document."""

import re
from collections.abc import Sequence
from dataclasses import astuple
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql.functions import col, create_map, expr, lit, regexp_replace, sha2

from jobs.input_files import InputFile
from realsyn_lib.errors import InputError
from realsyn_lib.files import open_file_system
from realsyn_lib.sources.columns import IMAGE
from realsyn_lib.sources.formats import SourceFormat, check_columns, columns_in_words
from realsyn_lib.sources.options import with_optional
from realsyn_lib.sources.recognise import formats_of, that_is
from realsyn_lib.sources.stored_pictures import with_found_type

_PATTERNS = frozenset("[]{}*?:\\")  # Spark reads a path with one of these as a pattern
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


def columns_in(files: Sequence[InputFile], form: SourceFormat) -> pa.Schema:
    """Return what is to be read of sound parquet files: the columns of their format, as all files have them.

    Raises:
        InputError: a file is no parquet, or lacks a column; or two have one in types that no one read knows.
    """
    assert form.columns is not None
    found = [_check_file(file, form) for file in files]
    columns = with_optional(form.columns, form.optional, found)
    return pa.schema([_of_one_type(column, files, found) for column in columns])


def rows_in(
    spark: SparkSession, columns: pa.Schema, files: Sequence[InputFile], values: Sequence[Column]
) -> DataFrame:
    """Return ``source`` and ``locator`` of the rows of sound parquet files, and ``values`` of ``columns``."""
    rows = spark.read.schema(_ddl(columns)).parquet(*(file.path for file in files))
    return rows.select(
        _sources_by_uri(rows, files)[_one_form(col("_metadata.file_path"))].alias("source"),
        col("_metadata.row_index").cast("string").alias("locator"),
        *values,
    )


def bytes_of(column: pa.Field) -> Column:
    """Return the bytes of a column of pictures; null where there are none."""
    value = col(_quoted(column.name))
    return value["bytes"] if pa.types.is_struct(column.type) else value


def _rows_of(spark: SparkSession, form: SourceFormat, files: list[InputFile]) -> DataFrame:
    columns, parts = columns_in(files, form), form.parts or {}
    values = [_value(column, parts.get(column.name, column.name)) for column in columns]
    return rows_in(spark, columns, files, values)


def _value(column: pa.Field, part: str) -> Column:
    """Return what a record has of a column: of a picture only whether it is there."""
    value = bytes_of(column).isNotNull() if part == IMAGE else col(_quoted(column.name))
    return value.alias(part)


def _of_one_type(
    column: pa.Field, files: Sequence[InputFile], found: Sequence[pa.Schema]
) -> pa.Field:
    """Pictures may be bytes or structs with bytes, but the files are read at once, by one schema."""
    typed = [with_found_type(column, schema) for schema in found]
    for file, other in zip(files, typed, strict=True):
        if other.type != typed[0].type:
            raise InputError(
                f"{file.path}: column `{column.name}` is {other.type}, but {typed[0].type} in "
                f"{files[0].path}; write both in one of the two types"
            )
    return typed[0]


def first_by_hash(frame: DataFrame, limit: int | None, key: str) -> DataFrame:
    """The same rows whatever the partitioning: those of the smallest hashes of their key."""
    if limit is None:
        return frame
    hashed = frame.withColumn("_rank", sha2(expr(key).cast("binary"), 256))
    return hashed.orderBy("_rank").limit(limit).drop("_rank")


def _sources_by_uri(rows: DataFrame, files: Sequence[InputFile]) -> Column:
    """Map the URIs under which Spark reports the files to their relative addresses."""
    sources = {_local_path(file.path): file.source for file in files}
    pairs = []
    for uri in rows.inputFiles():
        pairs += [_one_form(lit(uri)), lit(sources[_local_path(unquote(uri))])]
    return create_map(*pairs)


def _one_form(uri: Column) -> Column:
    """Spark writes ``file:/path`` in one place and ``file:///path`` in another."""
    return regexp_replace(uri, "^file:/+", "file:/")


def _local_path(location: str) -> str:
    return re.sub("^file:/+", "/", location)


def _check_file(file: InputFile, form: SourceFormat) -> pa.Schema:
    """Return the columns of a file that has those of its format."""
    system, path = open_file_system(file.path)
    if _PATTERNS.intersection(path):
        raise InputError(
            f"{file.path}: Spark cannot read a name with any of []{{}}*?: in it; rename it"
        )
    try:
        found = pq.read_schema(path, filesystem=system)
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(
            f"{file.path} is no readable parquet file ({str(error).splitlines()[0][:160]}); remove or "
            "replace it"
        ) from error
    others = formats_of(found)
    if others and form.name not in (*others, "columns"):
        raise InputError(
            f"--format {form.name}, but {file.path} has the columns {columns_in_words(found)}"
            f"{that_is(others)}; name files of one format"
        )
    assert form.columns is not None
    check_columns(file.path, found, form.columns)
    return found


def _ddl(columns: pa.Schema) -> str:
    """Return what Spark reads of the files: of a struct only the fields that the format has."""
    return ", ".join(f"{_quoted(field.name)} {_spark_type(field.type)}" for field in columns)


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _spark_type(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return f"array<{_spark_type(kind.value_type)}>"
    if pa.types.is_struct(kind):
        return f"struct<{', '.join(f'{part.name}: {_spark_type(part.type)}' for part in kind)}>"
    return "bigint" if pa.types.is_int64(kind) else str(kind)

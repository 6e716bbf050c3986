"""Parquet files of the input -> their rows, each with its file and its number there."""

import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql.functions import broadcast, col, regexp_replace

from jobs.input_files import InputFile
from realsyn_lib.errors import InputError
from realsyn_lib.files import open_file_system
from realsyn_lib.sources.formats import SourceFormat, check_columns, columns_in_words
from realsyn_lib.sources.options import with_optional
from realsyn_lib.sources.recognise import formats_of, that_is
from realsyn_lib.sources.stored_pictures import has_all_values, mean_picture_bytes, with_found_type

T = TypeVar("T")
_LOOKS_AT_ONCE = 16
_PATTERNS = frozenset("[]{}*?:\\")  # Spark reads a path with one of these as a pattern


def columns_in(files: Sequence[InputFile], form: SourceFormat) -> pa.Schema:
    """Return what is to be read of sound parquet files: the columns of their format, as all files have them.

    Raises:
        InputError: a file is no parquet, or lacks a column; or two have one in types that no one read knows.
    """
    assert form.columns is not None
    found = _of_each(files, lambda file: _check_file(file, form))
    columns = with_optional(form.columns, form.optional, found)
    return pa.schema([_of_one_type(column, files, found) for column in columns])


def rows_in(
    spark: SparkSession, columns: pa.Schema, files: Sequence[InputFile], values: Sequence[Column]
) -> DataFrame:
    """Return ``source`` and ``locator`` of the rows of sound parquet files, and ``values`` of ``columns``.

    The names of the files are joined to the rows: in an expression, Spark would look at each of them for
    each row, and plan for minutes where there are thousands.
    """
    rows = spark.read.schema(_ddl(columns)).parquet(*(file.path for file in files))
    placed = rows.select(
        _one_form(col("_metadata.file_path")).alias("uri"),
        col("_metadata.row_index").cast("string").alias("locator"),
        *values,
    )
    named = spark.createDataFrame(_sources_by_uri(rows, files)).withColumn(
        "uri", _one_form(col("uri"))
    )
    return placed.join(broadcast(named), "uri", "left").select("source", *placed.columns[1:])


def bytes_of(column: pa.Field) -> Column:
    """Return the bytes of a column of pictures; null where there are none."""
    value = value_of(column)
    return value["bytes"] if pa.types.is_struct(column.type) else value


def parted_by_gaps(
    column: pa.Field, files: Sequence[InputFile]
) -> tuple[list[InputFile], list[InputFile]]:
    """Part sound files into those whose footers say that no row lacks its picture, and the others."""
    whole = _of_each(files, lambda file: has_all_values(_footer(file), column))
    told = dict(zip(files, whole, strict=True))
    return [file for file in files if told[file]], [file for file in files if not told[file]]


def rows_of_bytes(column: pa.Field, files: Sequence[InputFile], size: int) -> int:
    """Return how many rows of sound files have pictures of ``size`` bytes, by the means of row groups."""
    means = _of_each(files, lambda file: mean_picture_bytes(_footer(file), column))
    return max(1, size // max(1, *means))


def value_of(column: pa.Field) -> Column:
    """Return the value of a column, whatever letters its name has."""
    return col(_quoted(column.name))


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


def _sources_by_uri(rows: DataFrame, files: Sequence[InputFile]) -> pa.Table:
    """Return the URIs under which Spark reports the files, each with its relative address."""
    sources = {_local_path(file.path): file.source for file in files}
    uris = rows.inputFiles()
    return pa.table({"uri": uris, "source": [sources[_local_path(unquote(uri))] for uri in uris]})


def _one_form(uri: Column) -> Column:
    """Spark writes ``file:/path`` in one place and ``file:///path`` in another."""
    return regexp_replace(uri, "^file:/+", "file:/")


def _local_path(location: str) -> str:
    return re.sub("^file:/+", "/", location)


def _of_each(files: Sequence[InputFile], look: Callable[[InputFile], T]) -> list[T]:
    """Look at many files at once: on an object store each look takes its time."""
    with ThreadPoolExecutor(_LOOKS_AT_ONCE) as pool:
        return list(pool.map(look, files))


def _footer(file: InputFile) -> pq.FileMetaData:
    system, path = open_file_system(file.path)
    return pq.read_metadata(path, filesystem=system)


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

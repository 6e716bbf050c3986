"""A column that holds pictures: their files as bytes, or in structs as Hugging Face's data sets have them."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq

BYTES = pa.binary()
PICTURE = pa.struct([pa.field("bytes", BYTES)])  # its ``path`` is a name that leads nowhere


def with_found_type(column: pa.Field, found: pa.Schema) -> pa.Field:
    """Return a column of pictures, declared as ``PICTURE``, with the one of its two types that a file has.

    Any other column is returned as it is.
    """
    if column.type != PICTURE:
        return column
    got = found.field(column.name).type
    got = got.value_type if pa.types.is_dictionary(got) else got
    return pa.field(column.name, PICTURE if pa.types.is_struct(got) else BYTES)


def type_in_words(wanted: pa.DataType) -> str:
    """Return the type that a column must have, for messages."""
    return f"{BYTES} or {wanted}" if wanted == PICTURE else str(wanted)


def has_all_values(footer: pq.FileMetaData, column: pa.Field) -> bool:
    """Tell by a parquet file's footer that no row lacks its picture; false where it does not say.

    Args:
        footer: of the file.
        column: with the type that the file has it in.
    """
    told = list(_chunks(footer, column))
    is_complete = sum(rows for rows, _chunk in told) == footer.num_rows
    return is_complete and all(_missing(chunk) == 0 for _rows, chunk in told)


def mean_picture_bytes(footer: pq.FileMetaData, column: pa.Field) -> int:
    """Return the mean size of a picture in that row group of a file where it is largest; 0 without rows."""
    chunks = _chunks(footer, column)
    return max((chunk.total_uncompressed_size // rows for rows, chunk in chunks), default=0)


def _chunks(
    footer: pq.FileMetaData, column: pa.Field
) -> Iterator[tuple[int, pq.ColumnChunkMetaData]]:
    """Yield the rows of each row group that has any, and what is told of its pictures."""
    name = f"{column.name}.bytes" if pa.types.is_struct(column.type) else column.name
    for group in map(footer.row_group, range(footer.num_row_groups)):
        for chunk in map(group.column, range(group.num_columns)):
            if chunk.path_in_schema == name and group.num_rows:
                yield group.num_rows, chunk


def _missing(chunk: pq.ColumnChunkMetaData) -> int | None:
    """Return how often a row group lacks a value; null where it does not say."""
    told = chunk.statistics
    return int(told.null_count) if told is not None and told.has_null_count else None

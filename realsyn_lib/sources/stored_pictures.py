"""A column that holds pictures: their files as bytes, or in structs as Hugging Face's data sets have them."""

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
    name = f"{column.name}.bytes" if pa.types.is_struct(column.type) else column.name
    groups = [footer.row_group(group) for group in range(footer.num_row_groups)]
    return all(_missing(group, name) == 0 for group in groups if group.num_rows)


def _missing(group: pq.RowGroupMetaData, name: str) -> int | None:
    """Return how often a row group lacks a value; null where it does not say."""
    for chunk in map(group.column, range(group.num_columns)):
        if chunk.path_in_schema == name:
            told = chunk.statistics
            return int(told.null_count) if told is not None and told.has_null_count else None
    return None

"""A column that holds pictures: their files as bytes, or in structs as Hugging Face's data sets have them."""

import pyarrow as pa

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

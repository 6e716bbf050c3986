"""A column of pictures may have two types; others are refused with both."""

import io
import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from realsyn_lib.errors import InputError
from realsyn_lib.sources.columns import own_columns
from realsyn_lib.sources.formats import check_columns
from realsyn_lib.sources.stored_pictures import (
    BYTES,
    PICTURE,
    has_all_values,
    mean_picture_bytes,
    with_found_type,
)

HUGGING_FACE = pa.struct([("path", pa.string()), ("bytes", pa.large_binary())])
WANTED = own_columns({"image": "img"})


@pytest.mark.parametrize(("got", "read"), [
    (pa.binary(), BYTES), (pa.large_binary(), BYTES), (pa.binary_view(), BYTES),
    (pa.dictionary(pa.int32(), pa.binary()), BYTES), (HUGGING_FACE, PICTURE), (PICTURE, PICTURE),
])  # fmt: skip
def test_bytes_are_read_as_bytes_and_a_struct_without_its_other_fields(got, read):
    found = pa.schema([("img", got), ("caption", pa.string())])
    check_columns("x.parquet", found, WANTED)
    assert with_found_type(WANTED.field("img"), found) == pa.field("img", read)


@pytest.mark.parametrize("got", [
    pa.string(), pa.list_(pa.binary()), pa.struct([("path", pa.string())]), pa.binary(8),
    pa.struct([("bytes", pa.string())]),
])  # fmt: skip
def test_a_column_that_holds_no_pictures_is_told_with_both_types(got):
    words = r"column `img` is .*, expected binary or struct<bytes: binary>; expected the columns img binary"
    with pytest.raises(InputError, match=words):
        check_columns("x.parquet", pa.schema([("img", got)]), WANTED)


def test_other_columns_stay_as_they_are_declared():
    text = pa.field("t", pa.string())
    assert with_found_type(text, pa.schema([("t", pa.large_string())])) == text


def footer(kind: pa.DataType, *values: bytes | None, **more) -> pq.FileMetaData:
    """Return that of a file with two rows in a row group."""
    found = [{"bytes": value} for value in values] if kind == PICTURE else values
    columns = {"n": list(range(len(values))), "my.img": pa.array(found, kind)}
    pq.write_table(pa.table(columns), file := io.BytesIO(), row_group_size=2, **more)
    return pq.read_metadata(file)


@pytest.mark.parametrize("kind", [BYTES, PICTURE])
def test_a_footer_tells_whether_every_row_has_its_picture(kind):
    column = pa.field("my.img", kind)
    large = b"x" * 100_000
    assert has_all_values(footer(kind, large, b"", large), column)
    assert not has_all_values(footer(kind, large, large, large, None), column)
    assert not has_all_values(footer(kind, large, write_statistics=False), column)
    assert not has_all_values(footer(kind, large), pa.field("other", kind))
    assert has_all_values(footer(kind), column)


@pytest.mark.parametrize("kind", [pa.binary(), PICTURE])
def test_the_mean_of_the_row_group_with_the_largest_pictures_is_told(kind):
    small, large = ([random.Random(size).randbytes(size)] * 4 for size in (1000, 50_000))
    values = [value if kind == pa.binary() else {"bytes": value} for value in (*small, *large)]
    file = io.BytesIO()
    pq.write_table(
        pa.table({"img": pa.array(values, kind)}), file, row_group_size=4, use_dictionary=False
    )
    footer = pq.read_metadata(file)
    assert 50_000 <= mean_picture_bytes(footer, pa.field("img", kind)) < 50_100
    nothing = io.BytesIO()
    pq.write_table(pa.table({"img": pa.array([], kind)}), nothing)
    assert mean_picture_bytes(pq.read_metadata(nothing), pa.field("img", kind)) == 0

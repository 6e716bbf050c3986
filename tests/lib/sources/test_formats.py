"""Formats by name, and the check of a parquet file's columns."""

import pyarrow as pa
import pytest

from realsyn_lib.errors import InputError, SettingError
from realsyn_lib.sources.formats import check_columns, source_format
from realsyn_lib.sources.obelics import OBELICS_SCHEMA
from realsyn_lib.sources.omnicorpus import OMNICORPUS_SCHEMA


def test_an_unknown_format_lists_the_known_ones():
    with pytest.raises(
        SettingError,
        match="'pdf', expected one of columns, html, images, img2dataset, mint1t, mmc4, obelics, omnicorpus, "
        "warc",
    ):
        source_format("pdf")


def test_other_columns_and_large_types_are_allowed():
    text = pa.large_string()
    large = pa.schema(
        [
            (f.name, pa.large_list(text) if pa.types.is_list(f.type) else text)
            for f in OBELICS_SCHEMA
        ]
    )
    check_columns("part.parquet", large.append(pa.field("extra", pa.int8())), OBELICS_SCHEMA)


def test_a_missing_column_is_named_with_its_file():
    seen = "it has images list<item: string>, metadata string, general_metadata string"
    with pytest.raises(
        InputError, match=rf"part\.parquet: no column `texts`; expected .*images list.*; {seen}"
    ):
        check_columns("part.parquet", OBELICS_SCHEMA.remove(1), OBELICS_SCHEMA)


def test_a_column_of_another_type_is_named_with_both_types():
    wrong = OBELICS_SCHEMA.set(2, pa.field("metadata", pa.int64()))
    with pytest.raises(InputError, match="`metadata` is int64, expected string"):
        check_columns("part.parquet", wrong, OBELICS_SCHEMA)


def omnicorpus(general: pa.DataType) -> pa.Schema:
    lists = [OMNICORPUS_SCHEMA.field(0), OMNICORPUS_SCHEMA.field(1)]
    return pa.schema([*lists, pa.field("general_metadata", general)])


def test_a_struct_may_have_more_fields_in_any_order():
    more = pa.struct([("fluency_prob", pa.float64()), ("url", pa.large_string())])
    check_columns("part.parquet", omnicorpus(more), OMNICORPUS_SCHEMA)


@pytest.mark.parametrize(
    "general", [pa.string(), pa.struct([("id", pa.string())]), pa.struct([("url", pa.int64())])]
)
def test_a_struct_without_its_field_is_named(general):
    with pytest.raises(InputError, match=r"`general_metadata` is .*, expected struct<url: string>"):
        check_columns("part.parquet", omnicorpus(general), OMNICORPUS_SCHEMA)

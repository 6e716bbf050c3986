import pyarrow as pa
import pytest

from realsyn_lib.errors import ContractError
from realsyn_lib.release.records import records_of
from realsyn_lib.tables import PAIRS


def pairs(**columns):
    row = {name: ["x"] for name in ("raw_image_url", "text1", "text2", "text3", "syn_text")}
    return pa.table({"image_id": [1], **row, **columns})


def test_a_record_has_the_five_published_columns_in_order():
    records = records_of(pairs(text3=pa.array([None], pa.string())))
    assert records.schema.names == ["raw_image_url", "text1", "text2", "text3", "syn_text"]
    assert set(records.schema.types) == {pa.string()}
    assert records.to_pylist()[0]["text3"] is None


def test_the_columns_are_those_of_the_pairs_table():
    assert records_of(PAIRS.arrow_schema().empty_table()).num_rows == 0


def test_a_missing_column_is_named():
    with pytest.raises(ContractError, match="`text2` is missing"):
        records_of(pairs().drop_columns("text2"))


def test_a_column_of_another_type_is_named():
    with pytest.raises(ContractError, match="`text1` is int64"):
        records_of(pairs(text1=[3]))

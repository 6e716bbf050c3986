"""Tables are declared once, and their declarations read the same to Arrow and to Spark."""

import pyarrow as pa
import pytest

from realsyn_lib.tables import ALL_TABLES, IMAGES, PAIRS, RETRIEVED_TEXTS, Column, Table

NAMES = [table.name for table in ALL_TABLES]


def test_a_declaration_gives_ddl_with_comments_and_not_null():
    table = Table(
        "t", ("a",), (Column("a", "bigint", "it's an id"), Column("b", "string", "b", True))
    )
    assert table.ddl() == "`a` bigint NOT NULL COMMENT 'it\\'s an id', `b` string COMMENT 'b'"
    assert table.schema_of("b") == "b string"
    assert table.schema_of() == "a bigint, b string"


def test_arrow_schemas_follow_the_declared_types_and_the_asked_order():
    assert RETRIEVED_TEXTS.arrow_schema("cosine", "image_id") == pa.schema(
        [("cosine", pa.float32()), ("image_id", pa.int64())]
    )
    assert IMAGES.arrow_schema("phash", "drop_reason").types == [pa.int64(), pa.string()]


def test_names_and_comments_are_there_and_names_occur_once():
    assert len(set(NAMES)) == len(NAMES)
    for table in ALL_TABLES:
        assert len(set(table.names)) == len(table.names), table.name
        assert all(column.comment for column in table.columns), table.name


def test_the_release_columns_stand_in_pairs_in_their_order():
    wanted = ["raw_image_url", "text1", "text2", "text3", "syn_text"]
    assert [name for name in PAIRS.names if name in wanted] == wanted


def test_keys_are_never_null():
    """A control table's accounting may have no reason; a data table's key is always known."""
    for table in ALL_TABLES:
        nullable = {column.name for column in table.columns if column.nullable}
        assert table.control or not nullable & set(table.key), table.name


@pytest.mark.spark
@pytest.mark.parametrize("table", ALL_TABLES, ids=NAMES)
def test_spark_reads_the_ddl_as_arrow_reads_the_schema(spark, table):
    from pyspark.sql.pandas.types import to_arrow_schema

    schema = spark.createDataFrame([], table.ddl()).schema
    assert schema.names == table.names
    assert [field.nullable for field in schema] == [column.nullable for column in table.columns]
    if not table.control:
        assert (
            to_arrow_schema(schema, prefers_large_types=False).types == table.arrow_schema().types
        )

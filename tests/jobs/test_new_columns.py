"""A table that an older version made takes the columns that it did not know."""

from dataclasses import replace

import pytest

from jobs.warehouse import Warehouse
from realsyn_lib.errors import ContractError
from realsyn_lib.tables import DOCUMENT_ITEM, DOCUMENTS, IMAGE_DUPLICATES
from tests.frames import frame, rows_of

pytestmark = [pytest.mark.wide, pytest.mark.spark]


def test_a_replaced_table_gains_the_columns_of_its_declaration(spark, tmp_path):
    warehouse = Warehouse(spark, str(tmp_path))
    warehouse.create(replace(IMAGE_DUPLICATES, columns=IMAGE_DUPLICATES.columns[:-1]))
    row = {"id": 1, "kind": "semantic", "component_id": 1, "representative_id": 1, "split_from": 5}
    rows = frame(spark, IMAGE_DUPLICATES, [row])
    warehouse.overwrite(IMAGE_DUPLICATES, rows, None, ("test", 0), {})
    assert rows_of(warehouse.read(IMAGE_DUPLICATES), "id", "split_from") == [(1, 5)]


def test_a_table_that_an_older_version_made_reads_its_new_columns_as_null(spark, tmp_path):
    warehouse = Warehouse(spark, str(tmp_path))
    older = replace(IMAGE_DUPLICATES, columns=IMAGE_DUPLICATES.columns[:-1])
    warehouse.create(older)
    row = {"id": 1, "kind": "semantic", "component_id": 1, "representative_id": 1}
    warehouse.append(older, frame(spark, older, [row]))
    read = warehouse.read(IMAGE_DUPLICATES)
    assert read.dtypes == spark.createDataFrame([], IMAGE_DUPLICATES.schema_of()).dtypes
    assert rows_of(read, "id", "split_from") == [(1, None)]


def test_fields_of_items_that_an_older_version_did_not_know_are_null_and_are_gained(
    spark, tmp_path
):
    warehouse = Warehouse(spark, str(tmp_path))
    shorter = DOCUMENT_ITEM.replace(",sha256:string", "")
    columns = (
        replace(column, type=f"array<{shorter}>") if column.name == "items" else column
        for column in DOCUMENTS.columns
    )
    older = replace(DOCUMENTS, columns=tuple(columns))
    warehouse.create(older)
    of_page = {"document_id": 1, "source": "a", "locator": "", "url": "a", "image_count": 1}
    item = (0, "image", None, None, "a.png", "a.png", "a dog", None)
    row = of_page | {"sentence_count": 0, "items": [item, None]}
    warehouse.append(older, frame(spark, older, [row]))
    read = warehouse.read(DOCUMENTS)
    assert read.dtypes == spark.createDataFrame([], DOCUMENTS.schema_of()).dtypes
    assert read.collect()[0]["items"] == [(*item, None), None]
    newer = frame(spark, DOCUMENTS, [row | {"items": [(*item, "ab")]}])
    warehouse.overwrite(DOCUMENTS, newer, None, ("test", 0), {})
    assert warehouse.read(DOCUMENTS).collect()[0]["items"] == [(*item, "ab")]


def test_a_column_that_may_not_be_null_must_be_there(spark, tmp_path):
    warehouse = Warehouse(spark, str(tmp_path))
    shorter = replace(IMAGE_DUPLICATES, columns=IMAGE_DUPLICATES.columns[:-2])
    warehouse.create(shorter)
    with pytest.raises(ContractError, match="column `representative_id` is missing"):
        warehouse.read(IMAGE_DUPLICATES)

"""A table that an older version made takes the columns that it did not know."""

from dataclasses import replace

import pytest

from jobs.warehouse import Warehouse
from realsyn_lib.tables import IMAGE_DUPLICATES
from tests.frames import frame, rows_of

pytestmark = pytest.mark.spark


def test_a_replaced_table_gains_the_columns_of_its_declaration(spark, tmp_path):
    warehouse = Warehouse(spark, str(tmp_path))
    warehouse.create(replace(IMAGE_DUPLICATES, columns=IMAGE_DUPLICATES.columns[:-1]))
    row = {"id": 1, "kind": "semantic", "component_id": 1, "representative_id": 1, "split_from": 5}
    rows = frame(spark, IMAGE_DUPLICATES, [row])
    warehouse.overwrite(IMAGE_DUPLICATES, rows, None, ("test", 0), {})
    assert rows_of(warehouse.read(IMAGE_DUPLICATES), "id", "split_from") == [(1, 5)]

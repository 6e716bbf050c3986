"""The made rows of forget.py are rows of today's tables, and its list names what it says."""

import csv
from itertools import chain

import pytest
from forget import STAGES_MADE, as_table, made, write_list


@pytest.mark.spark
def test_every_made_table_has_the_columns_and_types_of_the_table(spark):
    frames = made(spark, 20)
    for table in chain.from_iterable(STAGES_MADE.values()):
        rows = as_table(table, frames[table.name])
        empty = spark.createDataFrame([], table.schema_of())
        assert rows.schema.simpleString() == empty.schema.simpleString(), table.name


def test_the_list_names_pictures_pages_and_domains(tmp_path):
    write_list(tmp_path / "list.csv", 1_000_000, 1000)
    with (tmp_path / "list.csv").open(newline="") as file:
        kinds = [row["kind"] for row in csv.DictReader(file)]
    assert len(kinds) == 1000 and {"url", "domain", "document"} == set(kinds)

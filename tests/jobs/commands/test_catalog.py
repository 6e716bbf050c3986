"""Tables in a schema of the session's catalog: equal to those in a folder, asked by name."""

from pathlib import Path

import pytest

from realsyn_lib.resources import resource_path
from realsyn_lib.schema_version import SCHEMA_PROPERTY
from realsyn_lib.tables import ALL_TABLES, DOCUMENTS, IMAGES, RUNS
from tests.equal_tables import assert_equal_warehouses
from tests.tiny_site import QUICK, Tiny

pytestmark = [pytest.mark.long, pytest.mark.spark, pytest.mark.models]

SCHEMA = "spark_catalog.realsyn_of_a_test"


@pytest.fixture(scope="module")
def schema(spark, tmp_path_factory):
    """An empty schema; returns the folder of its tables."""
    folder = tmp_path_factory.mktemp("schema")
    spark.sql(f"CREATE SCHEMA {SCHEMA} LOCATION '{folder}'")
    yield folder
    spark.sql("USE spark_catalog.default")
    spark.sql(f"DROP SCHEMA {SCHEMA} CASCADE")


def test_the_line_in_a_catalog(realsyn, spark, schema: Path, finished_tiny: Tiny, tmp_path):
    files = ("--warehouse", SCHEMA, "--files", tmp_path / "files")
    line = ("run", "--input", finished_tiny.site, "--format", "html", *files, *QUICK)
    code, _out, err = realsyn(*line, "--to", "filter_images")
    assert code == 0, err
    assert_equal_warehouses(finished_tiny.warehouse, schema)

    runs = spark.table(f"{SCHEMA}.runs").count()
    assert realsyn(*line, "--to", "filter_images")[0] == 0
    assert spark.table(f"{SCHEMA}.runs").count() == runs == 3

    columns = {field.name: field.metadata for field in spark.table(f"{SCHEMA}.images").schema}
    assert {name: told["comment"] for name, told in columns.items()} == {
        column.name: column.comment for column in IMAGES.columns
    }
    told = {row.col_name: row.data_type for row in _described(spark, IMAGES.name)}
    assert told["Comment"] == "RealSyn: written by filter_images; key: image_id"
    assert f"{SCHEMA_PROPERTY}=1" in told["Table Properties"]

    spark.sql(f"USE {SCHEMA}")
    for table in ALL_TABLES:  # views that other commands of this session have left
        spark.catalog.dropTempView(table.name)
    stages = {row.stage for row in spark.sql(_text("funnel")).collect()}
    assert stages == {"extract_documents", "fetch_images", "filter_images"}
    assert "filter_images" in realsyn("sql", *files, "funnel")[1]
    pages = realsyn("sql", *files, f"SELECT count(*) AS pages FROM {DOCUMENTS.name}")
    assert "3" in pages[1]
    assert realsyn("verify", *files)[0] == 0
    assert "finished" in realsyn("status", *files)[1]

    assert realsyn("maintain", *files, "--retain", "0")[0] == 0
    assert realsyn(*line, "--to", "filter_images")[0] == 0
    assert spark.table(f"{SCHEMA}.{RUNS.name}").count() == 3


def _described(spark, table):
    return spark.sql(f"DESCRIBE EXTENDED {SCHEMA}.{table}").collect()


def _text(query: str) -> str:
    return resource_path("sql", f"{query}.sql").read_text(encoding="utf-8")

"""The whole line on seven pages by the Spark that is on the path; `make spark-4.0` and its like name it.

pytest collects it where it is named: the pinned Spark has the demo for the same.
"""

import os
import re
from pathlib import Path

import pyspark
import pytest

from jobs.jars import delta_packages
from realsyn_lib.tables import TABLES_BY_NAME
from tests.equal_tables import published
from tests.slices import EMPTY_OF_TINY, TINY, copy_slice
from tests.tiny_site import realsyn

pytestmark = [pytest.mark.spark, pytest.mark.models]
SETTINGS = ("generate.max_new_tokens=24", "clusters.sentences_per_centroid=20")


def test_the_spark_on_the_path_is_the_one_that_is_asked_for():
    asked = re.search(r"build/spark-([\d.]+)", os.environ.get("PYTHONPATH", ""))
    assert asked is None or pyspark.__version__.startswith(f"{asked[1]}.")
    assert delta_packages().wanted[0].startswith("io.delta:delta-spark_")


def test_the_whole_line_fills_every_table_and_verify_finds_nothing(spark, models, tmp_path: Path):
    assert spark.version == pyspark.__version__
    pages, warehouse = copy_slice(TINY, tmp_path / "pages"), tmp_path / "warehouse"
    chosen = [word for setting in SETTINGS for word in ("--set", setting)]
    common = ("--input", pages, "--format", "html", "--warehouse", warehouse, *chosen)
    assert realsyn("run", *common) == 0
    found = published(warehouse)
    rows = {name: found.read(TABLES_BY_NAME[name]).num_rows for name in found.versions}
    empty = {name for name, count in rows.items() if not count}
    assert len(rows) == 25 and empty == EMPTY_OF_TINY, rows
    assert realsyn("verify", "--warehouse", warehouse) == 0
    assert realsyn("sql", "--warehouse", warehouse, "funnel") == 0

"""A Java process that dies while a stage runs: one line with a remedy, then equal tables."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.equal_tables import assert_equal_warehouses
from tests.tiny_site import Tiny

pytestmark = [pytest.mark.wide, pytest.mark.spark, pytest.mark.models]
ROOT = Path(__file__).parents[2]
# Out of memory, Java ends itself while Python waits for its answer. Here it is killed before a commit.
DRIVER = """
import os, signal, sys
from pathlib import Path
from pyspark import SparkContext
from jobs.warehouse import Warehouse
from tests.tiny_site import Tiny

append = Warehouse.append
def without_java(warehouse, table, *more, **named):
    if table.name == "image_bytes":
        os.kill(SparkContext._gateway.proc.pid, signal.Signals[sys.argv[3]])
    append(warehouse, table, *more, **named)
Warehouse.append = without_java
sys.exit(Tiny(Path(sys.argv[1]), Path(sys.argv[2])).run())
"""


@pytest.mark.parametrize("how", [pytest.param("SIGKILL", marks=pytest.mark.long), "SIGTERM"])
def test_the_run_ends_with_its_cause_and_goes_on(finished_tiny: Tiny, tmp_path: Path, how: str):
    tiny = Tiny(finished_tiny.site, tmp_path / "warehouse")
    command = [sys.executable, "-c", DRIVER, str(tiny.site), str(tiny.warehouse), how]
    ended = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert ended.returncode == 2, ended.stderr[-3000:]
    line = ended.stderr.splitlines()[-1]
    assert line.startswith("realsyn: fetch_images: Spark's Java process ended in the middle of it")
    assert "spark.driver_memory" in line
    assert tiny.run() == 0
    assert_equal_warehouses(finished_tiny.warehouse, tiny.warehouse)

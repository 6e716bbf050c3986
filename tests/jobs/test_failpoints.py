"""A run that is killed at ten places, one after the other, and the same command again.

All places of all stages, random moments, and more ways to die: `make test-faults`.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.equal_tables import assert_equal_warehouses
from tests.fault_trials import ONE_COMPILER
from tests.tiny_site import QUICK, Tiny

pytestmark = [pytest.mark.spark, pytest.mark.models]

ROOT = Path(__file__).parents[2]
POINTS = (
    "extract_documents.batch", "documents.data_files", "documents.committed",
    "sentences_found.committed", "extract_documents.before_runs_row", "fetch_bytes.batch",
    "image_bytes.committed", "filter_images.before_read", "images.data_files",
    "filter_images.before_runs_row",
)  # fmt: skip


def end_at(tiny: Tiny, point: str, **more: str) -> int:
    """Run the line in a process of its own with a failpoint; return how it ended."""
    command = [
        sys.executable, "-m", "jobs.cli", "run", "--input", tiny.site, "--format", "html",
        "--warehouse", tiny.warehouse, "--to", "filter_images", *QUICK,
    ]  # fmt: skip
    environment = {**os.environ, **ONE_COMPILER, "REALSYN_FAILPOINT": point, **more}
    ended = subprocess.run(
        list(map(str, command)), cwd=ROOT, env=environment, capture_output=True, check=False
    )
    assert ended.returncode in (0, -signal.SIGKILL), ended.stderr.decode()[-2000:]
    return ended.returncode


def test_ten_kills_one_after_the_other_cost_no_row_and_no_finished_commit(
    fresh: Tiny, finished_tiny: Tiny
):
    for point in POINTS:
        assert end_at(fresh, point) == -signal.SIGKILL, point
    assert fresh.run() == 0
    assert_equal_warehouses(finished_tiny.warehouse, fresh.warehouse)
    tables = ("documents", "images_found", "sentences_found", "image_bytes", "fetches", "images")
    assert {t: fresh.writes(t) for t in tables} == {t: finished_tiny.writes(t) for t in tables}


@pytest.mark.long
@pytest.mark.parametrize("point", ["measure_images.batch", "decode_child.file"])
def test_a_worker_or_a_decoding_child_that_is_killed_is_asked_again(
    finished_tiny: Tiny, fresh: Tiny, tmp_path, point
):
    log = tmp_path / "reached"
    assert end_at(fresh, f"{point}:worker", REALSYN_FAILPOINT_LOG=str(log)) == 0
    assert log.read_text().splitlines().count(point) >= 2
    assert_equal_warehouses(finished_tiny.warehouse, fresh.warehouse)

"""A run that ends at ten places, one after the other, and the same command again.

At six of them the driver and its JVM are killed, at four an error ends the run in a session that lives on.
All places of all stages, random moments, and more ways to die: `make test-faults`.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.equal_tables import assert_equal_warehouses
from tests.fault_process import ONE_COMPILER
from tests.tiny_site import QUICK, Tiny

pytestmark = [pytest.mark.spark, pytest.mark.models]

ROOT = Path(__file__).parents[2]
FAULTS = (
    ("extract_documents.batch", "kill"), ("documents.data_files", "kill"),
    ("documents.committed", "error"), ("sentences_found.committed", "error"),
    ("extract_documents.before_runs_row", "kill"), ("fetch_bytes.batch", "kill"),
    ("image_bytes.committed", "error"), ("filter_images.before_read", "error"),
    ("images.data_files", "kill"), ("filter_images.before_runs_row", "kill"),
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


def fail_at(tiny: Tiny, point: str, log: Path, monkeypatch, capsys) -> None:
    """Run the line in this process until a failpoint raises; see that it says so."""
    with monkeypatch.context() as here:
        here.setenv("REALSYN_FAILPOINT", f"{point}:error")
        here.setenv("REALSYN_FAILPOINT_LOG", str(log))
        assert tiny.run() == 1
    assert f"{point}: made to fail" in capsys.readouterr().err


def test_ten_faults_one_after_the_other_cost_no_row_and_no_finished_commit(
    fresh: Tiny, finished_tiny: Tiny, tmp_path, monkeypatch, capsys
):
    for point, action in FAULTS:
        if action == "kill":
            assert end_at(fresh, point) == -signal.SIGKILL, point
        else:
            fail_at(fresh, point, tmp_path / f"{point}.log", monkeypatch, capsys)
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

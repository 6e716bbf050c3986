"""Failpoints: nothing without the variable, and with it the one time that was asked for."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from realsyn_lib import failpoints
from realsyn_lib.errors import RealSynError, SettingError
from realsyn_lib.failpoints import Failpoint, parse_failpoint, reach, reach_after_files

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def nothing_seen(monkeypatch):
    monkeypatch.setattr(failpoints, "_seen", failpoints.Counter())


@pytest.mark.parametrize(("text", "point"), [
    ("images.committed", Failpoint("images.committed", 1, "kill")),
    ("a.b:3", Failpoint("a.b", 3, "kill")),
    ("a.b:error", Failpoint("a.b", 1, "error")),
    ("a.b:12:worker", Failpoint("a.b", 12, "worker")),
])  # fmt: skip
def test_a_value_names_a_place_a_time_and_an_end(text, point):
    assert parse_failpoint(text) == point


@pytest.mark.parametrize("text", ["", ":1", "a:0", "a:die", "a:1:kill:2", "a:kill:1"])
def test_any_other_value_is_refused(text):
    with pytest.raises(SettingError, match="REALSYN_FAILPOINT is"):
        parse_failpoint(text)


def test_without_the_variable_nothing_happens(monkeypatch):
    monkeypatch.delenv("REALSYN_FAILPOINT", raising=False)
    monkeypatch.delenv("REALSYN_FAILPOINT_LOG", raising=False)
    reach("a.b")
    assert not failpoints._seen


def test_only_the_time_that_was_asked_for_ends_a_run(monkeypatch):
    monkeypatch.setenv("REALSYN_FAILPOINT", "a.b:2:error")
    reach("a.b")
    reach("c.d")
    with pytest.raises(RealSynError, match=r"a\.b: made to fail by REALSYN_FAILPOINT"):
        reach("a.b")
    reach("a.b")


def test_with_a_log_the_times_of_all_processes_count(monkeypatch, tmp_path):
    log = tmp_path / "log"
    monkeypatch.setenv("REALSYN_FAILPOINT_LOG", str(log))
    come_by = "from realsyn_lib.failpoints import reach; reach('a.b'); reach('c.d')"
    for _ in range(2):
        subprocess.run([sys.executable, "-c", come_by], cwd=ROOT, check=True)
    monkeypatch.setenv("REALSYN_FAILPOINT", "a.b:3:error")
    with pytest.raises(RealSynError):
        reach("a.b")
    assert log.read_text() == "a.b\nc.d\n" * 2 + "a.b\n"


DRIVER = """
import os, subprocess, sys
from realsyn_lib import failpoints
worker = "from realsyn_lib.failpoints import reach; reach('a.b')"
jvm = subprocess.Popen(["sleep", "60"])
print(jvm.pid, flush=True)
daemon = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {worker!r}])"
print(subprocess.run([sys.executable, "-c", daemon]).returncode, flush=True)
jvm.kill()
"""


@pytest.mark.parametrize(("action", "code"), [("kill", -signal.SIGKILL), ("worker", 0)])
def test_a_worker_ends_its_driver_and_the_jvm_or_itself_alone(action, code):
    """The worker is a grandchild, as it is in Spark; the driver's children are killed with it."""
    environment = {**os.environ, "REALSYN_FAILPOINT": f"a.b:{action}"}
    command = [sys.executable, "-c", DRIVER]
    driver = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    jvm = driver.stdout.split()[0]
    assert driver.returncode == code
    deadline = time.monotonic() + 10
    while Path(f"/proc/{jvm}/cmdline").exists() and Path(f"/proc/{jvm}/cmdline").read_bytes():
        assert time.monotonic() < deadline, "what the driver had started is still there"


def test_a_file_that_is_whole_and_new_is_awaited_before_a_run_ends(monkeypatch, tmp_path):
    monkeypatch.setenv("REALSYN_FAILPOINT", "images.data_files")
    ended = []
    monkeypatch.setattr(failpoints, "_end", lambda wanted: ended.append(wanted.name))
    (tmp_path / "part-0.parquet").write_bytes(b"PAR1 old PAR1")

    def write(name: str, data: bytes) -> list[str]:
        with reach_after_files("images.data_files", tmp_path):
            (tmp_path / name).write_bytes(data)
            deadline = time.monotonic() + 0.2
            while not ended and time.monotonic() < deadline:
                pass
        return ended

    assert write("part-1.parquet", b"PAR1 half") == []
    assert write("note.txt", b"PAR1") == []
    assert write("part-2.parquet", b"PAR1 whole PAR1") == ["images.data_files"]


def test_an_error_where_the_engine_is_at_work_is_refused(monkeypatch, tmp_path):
    """It would be raised in the thread that watches, and the run would go on."""
    monkeypatch.setenv("REALSYN_FAILPOINT", "images.data_files:error")
    with pytest.raises(SettingError, match="can kill or worker only"):
        reach_after_files("images.data_files", tmp_path).__enter__()

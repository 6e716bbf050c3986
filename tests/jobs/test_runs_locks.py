"""One writer for each stage: another run ends with exit code 4, until the holder is dead."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from jobs.inputs import remembered_inputs
from jobs.locks import live_holders, refuse_held, stage_lock
from jobs.processes import identity_of
from realsyn_lib.errors import LockedError
from tests.tiny_site import Tiny

HOLDER = """
import os, sys, time
from pathlib import Path
from jobs.locks import stage_lock
me = {"run_id": "000007-test", "host": "elsewhere", "driver_pid": os.getpid(), "jvm_pid": os.getpid()}
with stage_lock(Path(sys.argv[1]), sys.argv[2], me):
    print("held", flush=True)
    time.sleep(600)
"""


@contextmanager
def held(folder: Path, stage: str) -> Iterator[subprocess.Popen[str]]:
    """Hold a stage's lock in a process of its own."""
    command = [sys.executable, "-c", HOLDER, str(folder), stage]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None and process.stdout.readline() == "held\n"
            yield process
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()


@pytest.mark.spark
@pytest.mark.models
def test_a_run_names_who_holds_the_stage_and_goes_on_when_the_holder_is_killed(tiny: Tiny, capsys):
    locks = tiny.warehouse / "_files" / "locks"
    with held(locks, "fetch_images") as process:
        assert tiny.run() == 4
        told = capsys.readouterr().err
        assert "fetch_images is being written by another run (run_id 000007-test" in told
        assert f"host elsewhere, driver_pid {process.pid}" in told
    assert tiny.run() == 0


def run_without_java(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """Give a run whose Java is nowhere: where it gets as far as Spark, it ends with 2."""
    (folder / "site").mkdir()
    (folder / "site" / "page.html").write_text("<p>A page.</p>", encoding="utf-8")
    words = ["run", "--input", f"{folder}/site", "--format", "html", "--to", "extract_documents"]
    command = [sys.executable, "-m", "jobs.cli", *words, "--warehouse", f"{folder}/wh", *more]
    environment = {**os.environ, "JAVA_HOME": str(folder / "nowhere")}
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=120
    )


def test_a_run_is_refused_before_spark_starts(tmp_path: Path):
    with held(tmp_path / "wh" / "_files" / "locks", "extract_documents"):
        ended = run_without_java(tmp_path)
    assert (ended.returncode, ended.stdout) == (4, "")
    assert "extract_documents is being written by another run (run_id 000007-test" in ended.stderr


@pytest.mark.parametrize(
    ("stage", "more"), [("extract_documents", "--dry-run"), ("filter_images", "")]
)
def test_a_plan_and_other_stages_are_not_refused(tmp_path: Path, stage: str, more: str):
    with held(tmp_path / "wh" / "_files" / "locks", stage):
        ended = run_without_java(tmp_path, *more.split())
    assert ended.returncode == 2 and "Java was not found" in ended.stderr


def test_a_holder_that_is_dead_or_not_seen_from_here_is_left_to_the_lock_itself(tmp_path: Path):
    """Its JVM may live for a moment, and is waited for there; so may another machine's process."""
    with held(tmp_path, "embed_images") as process:
        with pytest.raises(LockedError, match="run_id 000007-test"):
            refuse_held(tmp_path, ["dedup_images", "embed_images"])
        refuse_held(tmp_path, ["dedup_images"])
        place, here = tmp_path / "embed_images.lock", identity_of(process.pid)
        for driver in (here.replace("/", "/9", 1), here + "9", identity_of(os.getpid()), "", None):
            place.write_text(json.dumps({"run_id": "000007-test", "driver": driver}))
            refuse_held(tmp_path, ["embed_images"])
    refuse_held(tmp_path, ["embed_images"])
    refuse_held(tmp_path / "not there yet", ["embed_images"])


@pytest.mark.spark
@pytest.mark.models
def test_an_input_that_another_run_kept_out_is_not_remembered(
    tiny: Tiny, tmp_path: Path, monkeypatch
):
    """Two that come at one moment see nobody; the lock itself keeps one of them out."""
    monkeypatch.setattr("jobs.runtime.refuse_held", lambda *_: None)
    files = tiny.warehouse / "_files"
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "new.html").write_text("<p>A new page.</p>", encoding="utf-8")
    before = remembered_inputs(str(files))
    with held(files / "locks", "extract_documents"):
        assert tiny.run("--input", tmp_path / "other") == 4
    assert remembered_inputs(str(files)) == before


def test_the_lock_of_one_stage_leaves_the_others_free(tmp_path: Path):
    with held(tmp_path, "embed_images"):
        assert list(live_holders(tmp_path)) == ["embed_images"]
        with stage_lock(tmp_path, "embed_sentences", {}):
            pass
        with pytest.raises(LockedError, match="embed_images is being written"):
            stage_lock(tmp_path, "embed_images", {}).__enter__()


def test_a_lock_is_free_at_once_when_its_holder_is_killed(tmp_path: Path):
    with held(tmp_path, "embed_images"):
        pass
    assert live_holders(tmp_path) == {}
    with stage_lock(tmp_path, "embed_images", {"driver_pid": os.getpid()}):
        pass


def test_the_orphaned_jvm_of_a_killed_driver_is_waited_for(tmp_path: Path):
    """The file says that the holder's JVM still runs: it does until the shell ends it."""
    orphan = subprocess.Popen(["sleep", "1.5"])
    with stage_lock(tmp_path, "dead", {"jvm_pid": orphan.pid}):
        left = (tmp_path / "dead.lock").read_bytes()
    (tmp_path / "embed_images.lock").write_bytes(left)
    assert list(live_holders(tmp_path)) == ["embed_images"]
    with stage_lock(tmp_path, "embed_images", {}):
        assert orphan.poll() is not None or orphan.wait(timeout=5) == 0
    orphan.wait()


def test_who_is_refused_waits_until_the_holder_has_written_its_name(tmp_path: Path):
    """The lock is taken first and the name written then: a rival may come in between."""
    place = tmp_path / "embed_images.lock"
    with place.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        naming = threading.Timer(0.2, lambda: place.write_text('{"run_id": "000007-late"}'))
        naming.start()
        with pytest.raises(LockedError, match="run_id 000007-late"):
            stage_lock(tmp_path, "embed_images", {}).__enter__()
        naming.join()


@pytest.mark.parametrize("torn", [b"", b'{"run_id": "0000', b"[]", b"\xc3\x28"])
def test_a_lock_file_that_was_torn_by_a_kill_holds_nobody_up(tmp_path: Path, torn: bytes):
    (tmp_path / "embed_images.lock").write_bytes(torn)
    with stage_lock(tmp_path, "embed_images", {"run_id": "000001"}):
        assert b"000001" in (tmp_path / "embed_images.lock").read_bytes()

"""One writer for each stage: another run ends with exit code 4, until the holder is dead."""

import fcntl
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
from jobs.locks import live_holders, stage_lock
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


@pytest.mark.spark
@pytest.mark.models
def test_an_input_that_another_run_kept_out_is_not_remembered(tiny: Tiny, tmp_path: Path):
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

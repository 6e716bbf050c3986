"""A command of ours in a process group of its own, which a trial may kill."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from realsyn_lib.failpoints import LOG
from tests.fault_journal import ROOT
from tests.spark_cluster import wait_until

# A process that soon dies spends most of its time on compiling what it will not use: one tier is enough.
ONE_COMPILER = {"JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=128m"}
CLASSES = "FAULT_CLASSES"  # variable: Spark's classes as Java keeps them in a file, a fifth of a short run
_BEGINS_S, _DUMPED_S = 120.0, 600.0


@dataclass(frozen=True)
class Running:
    """A command in a process group of its own."""

    process: subprocess.Popen[str]

    def communicated(self, most_s: float | None = None) -> tuple[int, str]:
        """Wait for its end; return the exit code and what it printed.

        Raises:
            subprocess.TimeoutExpired: it had not ended after ``most_s``; it and all it started are killed.
        """
        try:
            told, _ = self.process.communicate(timeout=most_s)
        except subprocess.TimeoutExpired:
            self.kill_group()
            raise
        return self.process.returncode, told

    def kill_group(self) -> None:
        """SIGKILL it and all it started."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()

    def killed_after(self, seconds: float, whole_group: bool) -> bool:
        """SIGKILL the driver, or it and all it started; a run that had ended must have ended well."""
        try:
            told, _ = self.process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            if whole_group:
                self.kill_group()
            else:
                self.process.kill()
                self.process.communicate()
            return True
        assert self.process.returncode == 0, f"a run after a kill ended by itself: {told[-1500:]}"
        return False


def command(
    arguments: list[str],
    environment: dict[str, str],
    prepare: Callable[[], None] | None = None,
) -> Running:
    """Start a command of ours on this code; ``prepare`` is called in its process before it begins."""
    classes = environment.get(CLASSES)  # of another Java or Spark, they are passed over
    option = f"-XX:SharedArchiveFile={classes}" if classes else ""
    return _started(arguments, environment, option, prepare)


def keep_classes(arguments: list[str], place: Path) -> None:
    """Have later commands find the classes that this one loads in a file."""
    part = place.with_suffix(".part")
    running = _started(arguments, dict(os.environ), f"-XX:ArchiveClassesAtExit={part}")
    # Java writes it at its end, and holds the pipe of the command till then.
    code, told = running.communicated(_DUMPED_S)
    assert code == 0, f"ended with {code}: {told[-1500:]}"
    part.rename(place)


def _started(
    arguments: list[str], environment: dict[str, str], option: str,
    prepare: Callable[[], None] | None = None,
) -> Running:  # fmt: skip
    java = {key: f"{value} {option}" for key, value in ONE_COMPILER.items()}
    return Running(subprocess.Popen(
        [sys.executable, "-m", "jobs.cli", *arguments], cwd=ROOT, env={**environment, **java},
        text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        start_new_session=True, preexec_fn=prepare,
    ))  # fmt: skip


def begun(arguments: list[str], log: Path, more: Mapping[str, str] | None = None) -> Running:
    """Start a command; return once it has come by a place that it tells of in ``log``, or has ended.

    Raises:
        TimeoutError: it did not within two minutes; it and all it started are killed.
    """
    log.unlink(missing_ok=True)
    running = command(arguments, {**os.environ, LOG: str(log), **(more or {})})
    try:
        wait_until(
            lambda: log.exists() or running.process.poll() is not None,
            f"{arguments[0]} comes by a first place", _BEGINS_S,
        )  # fmt: skip
    except TimeoutError:
        running.kill_group()
        raise
    return running

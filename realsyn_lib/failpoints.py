"""Places at which a test makes a run die; without its variable nothing happens there.

``REALSYN_FAILPOINT=NAME[:N][:kill|worker|error]`` names a place, and which of the times that a run
comes by (the first). ``kill``, the default, ends the driver and its JVM by SIGKILL, ``worker`` the
process that is there alone, ``error`` raises. ``REALSYN_FAILPOINT_LOG=FILE`` gets a line for each
place that is reached, in whatever process; with it N counts over all processes and runs.
"""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from realsyn_lib.errors import RealSynError, SettingError

VARIABLE = "REALSYN_FAILPOINT"
LOG = "REALSYN_FAILPOINT_LOG"
ACTIONS = ("kill", "worker", "error")
_DRIVER = "REALSYN_FAILPOINT_DRIVER"  # tells workers, which inherit it, whom to kill
_PARQUET_END = b"PAR1"
_seen: Counter[str] = Counter()

if VARIABLE in os.environ:
    os.environ.setdefault(_DRIVER, str(os.getpid()))


@dataclass(frozen=True)
class Failpoint:
    """What the variable asks for: the ``nth`` time that the place ``name`` is reached."""

    name: str
    nth: int
    action: str


def parse_failpoint(text: str) -> Failpoint:
    """Read the variable's value.

    Raises:
        SettingError: no such form.
    """
    name, *rest = text.split(":")
    nth = rest.pop(0) if rest and rest[0].isdigit() else "1"
    action = rest.pop(0) if rest else ACTIONS[0]
    if not name or rest or action not in ACTIONS or int(nth) < 1:
        raise SettingError(
            f"{VARIABLE} is {text!r}, expected NAME[:N][:{'|'.join(ACTIONS)}] with N from 1 on"
        )
    return Failpoint(name, int(nth), action)


def reach(name: str) -> None:
    """Come by a place: a test may want the run to end here."""
    if VARIABLE not in os.environ and LOG not in os.environ:
        return
    times = _times(name)
    wanted = parse_failpoint(os.environ[VARIABLE]) if VARIABLE in os.environ else None
    if wanted is not None and (wanted.name, wanted.nth) == (name, times):
        _end(wanted)


@contextmanager
def reach_after_files(name: str, folder: Path | None) -> Iterator[None]:
    """Come by a place between the data files of a table and the commit that names them.

    That step is the engine's, so its folder is watched; where it lies on no local disk nothing is done.

    Raises:
        SettingError: ``error`` is asked for here: the engine is at work, nothing of ours could raise.
    """
    asked = os.environ.get(VARIABLE)
    if folder is None or asked is None or parse_failpoint(asked).name != name:
        yield
        if folder is not None:
            reach(name)  # not the one that is wanted: it is told in the log
        return
    if parse_failpoint(asked).action == "error":
        raise SettingError(f"{VARIABLE} is {asked!r}: {name} can kill or worker only")
    ended, before = threading.Event(), _whole_files(folder)
    watcher = threading.Thread(target=_watch, args=(name, folder, before, ended), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()


def _watch(name: str, folder: Path, before: set[Path], ended: threading.Event) -> None:
    while not ended.wait(0.0005):
        if _whole_files(folder) - before:
            reach(name)
            return


def _whole_files(folder: Path) -> set[Path]:
    """Return the parquet files below a table's folder that are written to their end."""
    return {path for path in folder.glob("**/part-*.parquet") if _is_whole(path)}


def _is_whole(path: Path) -> bool:
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - len(_PARQUET_END), 0))
        return file.read() == _PARQUET_END and size > len(_PARQUET_END)


def _times(name: str) -> int:
    """Return how often the place has been reached, this time included."""
    log = os.environ.get(LOG)
    if log is None:
        _seen[name] += 1
        return _seen[name]
    with open(log, "ab") as file:
        file.write(f"{name}\n".encode())
    return Path(log).read_text(encoding="utf-8").splitlines().count(name)


def _end(wanted: Failpoint) -> None:
    if wanted.action == "error":
        raise RealSynError(f"{wanted.name}: made to fail by {VARIABLE}")
    if wanted.action == "kill":
        _kill_driver(int(os.environ.get(_DRIVER, os.getpid())))
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)  # the signal is on its way


def _kill_driver(driver: int) -> None:
    """Kill the driver and what it has started, its JVM: an orphaned JVM would still commit."""
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = (
                entry.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[1]
            )
        except OSError:
            continue  # it ended while we looked
        if int(parent) == driver:
            _kill(int(entry.parent.name))
    _kill(driver)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return

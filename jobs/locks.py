"""One writer for each stage of a warehouse.

On a local disk a lock is an OS lock on a file, held by the driver, and counts as held too while
the driver's JVM lives: killed drivers leave JVMs that may still commit for a moment. It is free
at once when both are dead. Where the tables lie in a catalog or an object store, see ``table_locks``.
"""

import fcntl
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from jobs.processes import identity_of, is_alive, is_another_alive, start_time
from realsyn_lib.errors import LockedError

_JVM_GRACE_S = 20.0  # an orphaned JVM ends within seconds of its driver
_NAMING_S = 1.0  # from taking a lock to having written who took it


@contextmanager
def stage_lock(folder: Path, stage: str, holder: dict[str, Any]) -> Iterator[None]:
    """Hold the lock of a stage.

    Args:
        folder: where the lock files lie, on a local disk.
        holder: run_id, host, driver_pid and jvm_pid of this run, told to those who must wait.

    Raises:
        LockedError: another run holds it; the message names it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{stage}.lock").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LockedError(held_by(stage, _named_holder(file))) from error
        _await_orphan(stage, _read_holder(file))
        _write_holder(file, holder | _processes(holder))
        try:
            yield
        finally:
            _write_holder(file, {})


def refuse_held(folder: Path, stages: Sequence[str]) -> None:
    """Refuse a run early where the holder of one of its stages is seen to live; nothing is locked to tell.

    Who comes by here may still be refused by ``stage_lock``: other machines and containers are not seen.

    Raises:
        LockedError: another run holds a stage; the message names it.
    """
    for stage in stages:
        with suppress(FileNotFoundError), (folder / f"{stage}.lock").open(encoding="utf-8") as file:
            holder = _read_holder(file)
            if is_another_alive(holder.get("driver")):
                raise LockedError(held_by(stage, holder))


@contextmanager
def control_lock(folder: Path) -> Iterator[None]:
    """Hold, for the time of one commit, the right to append to the control tables.

    Delta on a local disk may lose one of two commits that race; this makes them queue.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "control.lock").open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def live_holders(folder: Path) -> dict[str, dict[str, Any]]:
    """Return who holds the lock of each stage that is being written; nothing is locked to tell."""
    holders = {}
    for path in sorted(folder.glob("*.lock")):
        with path.open(encoding="utf-8") as file:
            holder = _read_holder(file)
        if is_alive(holder.get("jvm_pid"), holder.get("jvm_started")):
            holders[path.stem] = holder
    return holders


def _processes(holder: dict[str, Any]) -> dict[str, Any]:
    """Return what tells the holder's processes from later ones of the same number."""
    driver = identity_of(holder.get("driver_pid"))
    return {"driver": driver, "jvm_started": start_time(holder.get("jvm_pid"))}


def _await_orphan(stage: str, last: dict[str, Any]) -> None:
    """Wait until the JVM of a killed holder has ended."""
    deadline = time.monotonic() + _JVM_GRACE_S
    while is_alive(last.get("jvm_pid"), last.get("jvm_started")):
        if time.monotonic() > deadline:
            raise LockedError(held_by(stage, last))
        time.sleep(0.1)


def _named_holder(file: IO[str]) -> dict[str, Any]:
    """Return who holds a lock; one that has taken it this moment has yet to write its name."""
    deadline = time.monotonic() + _NAMING_S
    while not (holder := _read_holder(file)) and time.monotonic() < deadline:
        time.sleep(0.01)
    return holder


def _read_holder(file: IO[str]) -> dict[str, Any]:
    file.seek(0)
    try:
        found = json.loads(file.read() or "{}")
    except ValueError:  # torn by a kill in the middle of writing
        return {}
    return found if isinstance(found, dict) else {}


def _write_holder(file: IO[str], holder: dict[str, Any]) -> None:
    file.seek(0)
    file.truncate()
    json.dump(holder, file)
    file.flush()


def held_by(stage: str, holder: Mapping[str, Any]) -> str:
    """Say who keeps a run out of a stage."""
    who = ", ".join(
        f"{key} {holder[key]}" for key in ("run_id", "host", "driver_pid") if key in holder
    )
    return f"{stage} is being written by another run ({who or 'holder unknown'}); wait for it or stop it"

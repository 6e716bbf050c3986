"""Processes by what tells them apart, and whether one that held a lock is still there."""

import os
from pathlib import Path


def start_time(pid: int | None) -> str | None:
    """Start time of a live process (its identity beside the pid); None if dead or a zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return _start_time_without_proc(pid)
    fields = stat.rsplit(")", 1)[-1].split()
    return None if fields[0] in "ZX" else fields[19]


def is_alive(pid: int | None, started: str | None) -> bool:
    """Say whether the process of that pid is still the one that started then."""
    return pid is not None and started is not None and start_time(pid) == started


def identity_of(*pids: int | None) -> str:
    """Return what tells live processes of this machine from all others, anywhere and at any time."""
    known = (pid for pid in pids if pid is not None)
    return " ".join([_machine(), *(f"{pid}/{start_time(pid)}" for pid in known)])


def are_known_dead(identity: str | None) -> bool:
    """Say whether processes ran on this very machine and are all gone; never of other machines."""
    known = _known_here(identity)
    return bool(known) and not any(is_alive(pid, started) for pid, started in known)


def is_another_alive(identity: str | None) -> bool:
    """Say whether a process runs on this very machine and is not this one; never of other machines."""
    known = _known_here(identity)
    return any(pid != os.getpid() and is_alive(pid, started) for pid, started in known)


def _known_here(identity: str | None) -> list[tuple[int, str]]:
    """Return number and start of each process; none where they ran on another machine."""
    machine, *processes = (identity or "").split(" ")
    if not machine or machine != _machine():
        return []
    parts = (process.partition("/") for process in processes)
    return [(int(pid), started) for pid, _slash, started in parts]


def _machine() -> str:
    """Boot and process namespace: two containers of one machine do not see each other's processes."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}/{os.stat('/proc/self/ns/pid').st_ino}"
    except OSError:  # no /proc: nothing of a holder can be told
        return ""


def _start_time_without_proc(pid: int | None) -> str | None:
    """On systems without /proc a live pid is all that can be told."""
    if pid is None or os.path.isdir("/proc/self"):
        return None
    try:
        os.kill(pid, 0)
    except OSError:
        return None
    return "alive"

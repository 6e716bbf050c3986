"""A group of processes that may use so much memory together: what a container is to its system."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.spark_cluster import wait_until

HOW_TO_GET_IT = (
    "the right to make a memory cgroup is needed: be root, or run in a privileged container"
)
_ROOT = Path("/sys/fs/cgroup")
# Linux has two kinds of groups: (folder, limit, greatest use, events), the second kind is the newer.
_OLD = (
    _ROOT / "memory",
    "memory.limit_in_bytes",
    "memory.max_usage_in_bytes",
    "memory.oom_control",
)
_NEW = (_ROOT, "memory.max", "memory.peak", "memory.events")


@dataclass(frozen=True)
class MemoryGroup:
    """The group; processes enter it by themselves and take what they start with them."""

    folder: Path
    peak_file: str
    events_file: str

    def enter(self) -> None:
        """Bring this process in."""
        (self.folder / "cgroup.procs").write_text(str(os.getpid()))

    @property
    def peak_bytes(self) -> int:
        """The most that was in use at once; files that were read and may be forgotten count, too."""
        return int((self.folder / self.peak_file).read_text())

    @property
    def kills(self) -> int:
        """How many processes the system has killed for want of memory."""
        lines = (self.folder / self.events_file).read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))

    def end(self) -> None:
        """Kill what is left in it."""
        for pid in self._processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not self._processes(), "the group's processes are gone")

    def _processes(self) -> list[int]:
        return [int(word) for word in (self.folder / "cgroup.procs").read_text().split()]


@contextmanager
def memory_group(name: str, limit_bytes: int | None = None) -> Iterator[MemoryGroup]:
    """Make a group for the time of the block; at its end all processes in it are killed.

    Raises:
        OSError: this process may make none (``HOW_TO_GET_IT``).
    """
    root, limit, peak, events = _OLD if _OLD[0].is_dir() else _NEW
    group = MemoryGroup(root / name, peak, events)
    group.folder.mkdir()
    try:
        if limit_bytes is not None:
            (group.folder / limit).write_text(str(limit_bytes))
        yield group
    finally:
        group.end()
        group.folder.rmdir()


def may_limit() -> bool:
    """Say whether this process may make such groups."""
    try:
        with memory_group(f"realsyn-probe-{os.getpid()}", 2**26) as group:
            return group.kills == 0
    except OSError:
        return False

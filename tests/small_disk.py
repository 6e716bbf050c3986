"""A disk of a few megabytes: a file system in memory, mounted where a test says."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HOW_TO_GET_IT = (
    "the right to mount a disk is needed: be root, or use `unshare --map-root-user --mount`"
)
BLOCK_BYTES = 4096


@dataclass(frozen=True)
class SmallDisk:
    """A mounted disk."""

    folder: Path

    def resize(self, size_bytes: int) -> None:
        """Give it another size; what is there stays."""
        _run("mount", "-o", f"remount,size={size_bytes}", str(self.folder))

    @property
    def free_bytes(self) -> int:
        """What is left."""
        return shutil.disk_usage(self.folder).free


@contextmanager
def small_disk(folder: Path, size_bytes: int) -> Iterator[SmallDisk]:
    """Mount a disk on a folder that is made; what was written there is gone at the end."""
    folder.mkdir(parents=True)
    _run("mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "none", str(folder))
    try:
        yield SmallDisk(folder)
    finally:
        _run("umount", "--lazy", str(folder))  # a JVM of this process may have a file open
        folder.rmdir()


def may_mount(folder: Path) -> bool:
    """Say whether this process may mount a disk."""
    try:
        with small_disk(folder / "mounted", BLOCK_BYTES):
            return True
    except (subprocess.CalledProcessError, FileNotFoundError):
        return False


def blocks_below(folder: Path) -> int:
    """Return the bytes that a folder takes on a disk: whole blocks."""
    sizes = (path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return sum(-(-size // BLOCK_BYTES) * BLOCK_BYTES for size in sizes)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True)

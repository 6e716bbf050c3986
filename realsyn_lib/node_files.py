"""Read-only files on the local disk of a node, made once and shared by its processes."""

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from realsyn_lib.errors import ContractError, EnvironmentFault
from realsyn_lib.files import open_file_system


def local_copy(location: str, digest: str) -> Path:
    """Return a local path of a file: itself, or a copy made once for each node.

    The first process to ask copies it under an OS lock; the others wait and share the copy.

    Args:
        location: path or URI.
        digest: SHA-256 of its bytes, hex; a copy with another digest is never used.

    Raises:
        ContractError: the bytes at the location have another digest.
    """
    if "://" not in location:
        return Path(location)
    return made_once(digest, lambda target: _copy(location, digest, target))


def made_once(name: str, make: Callable[[Path], None]) -> Path:
    """Return what ``make`` puts in a place of that name on this node, made by the first who asks.

    The others wait for it under an OS lock. It gets its name only when it is whole: what a killed
    process has left is made anew.

    Args:
        name: tells the content, such as its digest: what has the name is never made again.
        make: is given a path that is not there, and leaves a file or a folder at it.

    Raises:
        EnvironmentFault: the folder for it belongs to another user.
    """
    folder = _own_folder()
    target, partial = folder / name, folder / f"{name}.partial"
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.exists():
            shutil.rmtree(partial) if partial.is_dir() else partial.unlink(missing_ok=True)
            make(partial)
            partial.rename(target)
    return target


def _own_folder() -> Path:
    """What lies in it is believed, so nobody else may have made it: its name can be guessed."""
    folder = Path(tempfile.gettempdir()) / f"realsyn-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise EnvironmentFault(f"{folder} belongs to another user; remove it, or set TMPDIR")
    return folder


def _copy(location: str, digest: str, target: Path) -> None:
    system, path = open_file_system(location)
    with system.open_input_stream(path) as source, target.open("wb") as file:
        shutil.copyfileobj(source, file, 2**22)
    with target.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != digest:
        target.unlink()
        raise ContractError(
            f"{location}: SHA-256 {found[:12]}, expected {digest[:12]}; run the stage that writes it "
            "again with --force"
        )

"""Large read-only files on the local disk of a node, fetched once and shared by its processes."""

import fcntl
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from realsyn_lib.errors import ContractError
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
    folder = Path(tempfile.gettempdir()) / f"realsyn-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    target = folder / digest
    with (folder / f"{digest}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.exists():
            _copy(location, digest, target)
    return target


def _copy(location: str, digest: str, target: Path) -> None:
    system, path = open_file_system(location)
    partial = target.with_suffix(".partial")
    with system.open_input_stream(path) as source, partial.open("wb") as file:
        shutil.copyfileobj(source, file, 2**22)
    with partial.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != digest:
        partial.unlink()
        raise ContractError(
            f"{location}: SHA-256 {found[:12]}, expected {digest[:12]}; run the stage that writes it "
            "again with --force"
        )
    partial.replace(target)

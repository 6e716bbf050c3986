"""Digests of files and folders of weights."""

import hashlib
from pathlib import Path

from realsyn_lib.errors import ModelError

# Files that a loader may read; pickled checkpoints of other names are never opened.
WEIGHT_SUFFIXES = frozenset(
    {".safetensors", ".gguf", ".json", ".txt", ".tab", ".model", ".bin", ".pt", ".pth", ".jinja"}
)


def file_digest(path: Path) -> str:
    """Return the hex SHA-256 of a file, read in blocks.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def folder_digest(folder: Path) -> str:
    """Return one hex SHA-256 over the names and bytes of a folder's weight files.

    The place and times of the folder do not count. Reads every byte: about 1 s for each GB.

    Raises:
        ModelError: no such folder, or it holds no weight file.
    """
    files = sorted(p for p in folder.rglob("*") if p.suffix in WEIGHT_SUFFIXES and p.is_file())
    if not files:
        raise ModelError(
            f"model folder {folder}: missing, or no weight file in it "
            f"({', '.join(sorted(WEIGHT_SUFFIXES))}); correct source.path in models.yaml"
        )
    total = hashlib.sha256()
    for file in files:
        total.update(f"{file.relative_to(folder).as_posix()}\0{file_digest(file)}\n".encode())
    return total.hexdigest()

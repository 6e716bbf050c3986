"""The cache folder of fetched models: one folder for each name and digest, with a manifest."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pydantic import Field, ValidationError

from realsyn_lib.errors import ModelError
from realsyn_lib.models.folder import file_digest, known_digest
from realsyn_lib.models.registry import Registry
from realsyn_lib.models.source import FileName, Frozen, Sha256, WheelSource

MANIFEST = "manifest.json"
DIGEST_LENGTH = 12  # hex digits in a folder's name


class CachedFile(Frozen):
    """Size and digest of one file of a fetched model."""

    sha256: Sha256
    size_bytes: int = Field(ge=0)


class Manifest(Frozen):
    """What a fetched model's folder holds; written last, so its presence means complete."""

    name: str
    digest: Sha256
    files: dict[FileName, CachedFile]

    @property
    def size_bytes(self) -> int:
        """Bytes of all files together."""
        return sum(file.size_bytes for file in self.files.values())


def cache_root(environment: Mapping[str, str]) -> Path:
    """Return the cache folder: ``REALSYN_MODELS`` if set, else one in the user's home."""
    chosen = environment.get("REALSYN_MODELS")
    return Path(chosen) if chosen else Path.home() / ".cache" / "realsyn" / "models"


def needs_fetch(registry: Registry, name: str) -> bool:
    """Return whether ``name`` has files of its own that `realsyn models fetch` brings."""
    return isinstance(registry.get(name).source, WheelSource)


def model_folder(registry: Registry, name: str, root: Path) -> Path:
    """Return where a wheel's model lies once fetched; a new digest has a new folder."""
    return root / f"{name}-{registry.digest(name)[:DIGEST_LENGTH]}"


def is_fetched(registry: Registry, name: str, root: Path) -> bool:
    """Return whether the model's folder is complete; its bytes are not read."""
    return (model_folder(registry, name, root) / MANIFEST).is_file()


def require_folder(registry: Registry, name: str, root: Path) -> Path:
    """Return the folder of a fetched model.

    Raises:
        ModelError: it was not fetched; the text says how to.
    """
    folder = model_folder(registry, name, root)
    if not (folder / MANIFEST).is_file():
        raise ModelError(
            f"model {name}: not in {root}; run `realsyn models fetch {name}`, or set "
            "REALSYN_MODELS to a folder that was filled by it"
        )
    return folder


def require_sound(registry: Registry, name: str, root: Path) -> Path:
    """Return the folder of a fetched model whose files have the digests they came with.

    Reads each file once in a process, about 1 s for each GB.

    Raises:
        ModelError: not fetched, or a file that is missing or differs.
    """
    folder = require_folder(registry, name, root)
    wrong = wrong_files(folder, known_digest)
    if wrong:
        raise ModelError(
            f"model {name}: {'; '.join(wrong)}; remove the folder and run `realsyn models fetch {name}`"
        )
    return folder


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a fetched model.

    Raises:
        ModelError: it is missing or not a manifest.
    """
    try:
        return Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except (OSError, ValidationError) as error:
        raise ModelError(
            f"{folder / MANIFEST}: not readable as a manifest; remove the folder and run "
            f"`realsyn models fetch`: {' '.join(str(error).split())}"
        ) from error


def wrong_files(folder: Path, digest: Callable[[Path], str] = file_digest) -> list[str]:
    """Hold the digest of each file of a fetched model against its manifest.

    Returns:
        One line for each file that is missing or differs: its path, what was found and expected.
    """
    lines = []
    for name, expected in sorted(read_manifest(folder).files.items()):
        path = folder / name
        found = digest(path) if path.is_file() else "no file"
        if found != expected.sha256:
            lines.append(f"{path}: sha256 is {found}, expected {expected.sha256}")
    return lines


@contextmanager
def locked(root: Path, name: str) -> Iterator[None]:
    """Hold the lock of one model while it is fetched; free at once when the process dies."""
    root.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(root / f".{name}.lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)

"""Where models lie that are not fetched, and digests of files and folders of weights."""

import hashlib
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from realsyn_lib.errors import ModelError
from realsyn_lib.models.source import BundledSource, FolderSource, PackageSource
from realsyn_lib.resources import resource_path

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


def known_digest(path: Path) -> str:
    """Return ``file_digest`` of a file, computed once in a process unless size or time change."""
    found = path.stat()
    return _digest_of(path, found.st_size, found.st_mtime_ns)


@lru_cache(maxsize=4096)
def _digest_of(path: Path, size_bytes: int, changed_ns: int) -> str:
    return file_digest(path)


def place_of(source: FolderSource | PackageSource) -> Path:
    """Return the folder of a model that is not fetched; nothing of a package is run.

    Raises:
        ModelError: the package is not installed.
    """
    if isinstance(source, FolderSource):
        return Path(source.path)
    found = find_spec(source.package)
    if found is None or found.origin is None:
        raise ModelError(
            f"package {source.package}: not installed here; install {source.package} "
            f"{source.version} with pip, on the workers too"
        )
    return Path(found.origin).parent / f"{source.package}-{source.version}"


def is_there(source: FolderSource | PackageSource) -> bool:
    """Return whether the folder of a model that is not fetched exists; its files are not read."""
    try:
        return place_of(source).is_dir()
    except ModelError:
        return False


def bundled_file(name: str, source: BundledSource) -> Path:
    """Return the file of model ``name`` that travels with the code, its bytes checked.

    Raises:
        EnvironmentFault: the installation lacks it.
        ModelError: its bytes are not those that models.yaml states.
    """
    path = resource_path("conf", source.file)
    if file_digest(path) != source.sha256:
        raise ModelError(
            f"model {name}: {path} has sha256 {file_digest(path)}, models.yaml states "
            f"{source.sha256}; reinstall realsyn, or state the digest of the file you fitted"
        )
    return path


def source_digest(source: FolderSource | PackageSource) -> str:
    """Return one hex SHA-256 over the files of a folder or package that its loader may read.

    The place and times of the folder do not count. Reads every byte: about 1 s for each GB.

    Raises:
        ModelError: no such package or folder, or it holds no such file.
    """
    folder = place_of(source)
    files = [path for path in folder.rglob("*") if path.is_file()]
    if source.loader == "spacy":  # its files have names without a suffix; config.cfg builds them up
        return _digest(folder, files if (folder / "config.cfg").is_file() else [], "config.cfg")
    suffixes = ", ".join(sorted(WEIGHT_SUFFIXES))
    return _digest(folder, [path for path in files if path.suffix in WEIGHT_SUFFIXES], suffixes)


def _digest(folder: Path, files: list[Path], expected: str) -> str:
    if not files:
        raise ModelError(
            f"model folder {folder}: missing, or no weight file in it ({expected}); correct its "
            "source in models.yaml"
        )
    total = hashlib.sha256()
    for file in sorted(files):
        total.update(f"{file.relative_to(folder).as_posix()}\0{known_digest(file)}\n".encode())
    return total.hexdigest()

"""What --input names: every file, in a fixed order, with what its content is known by."""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from pyarrow import fs

from realsyn_lib.errors import InputError
from realsyn_lib.files import open_file_system, read_text, write_text
from realsyn_lib.sources.formats import source_format
from realsyn_lib.urls import local_url


@dataclass(frozen=True)
class InputSpec:
    """What --input, --format, --image-root and --limit said."""

    paths: tuple[str, ...] = ()
    format: str | None = None
    image_root: str | None = None
    limit: int | None = None
    allow_removal: bool = False


@dataclass(frozen=True)
class InputFile:
    """One file below an input; ``problem`` is a quarantine reason where it must not be read."""

    source: str
    path: str
    size_bytes: int
    mtime_ns: int
    problem: str | None = None


@dataclass(frozen=True)
class InputFiles:
    """The documents' files and all the others (pictures) below the inputs and image root."""

    documents: tuple[InputFile, ...]
    others: tuple[InputFile, ...]

    def fingerprints(self) -> dict[str, int]:
        """Digest of names, sizes and times: a changed file is a changed input."""
        return {"input_documents": _fingerprint(self.documents)}

    def image_fingerprints(self) -> dict[str, int]:
        """The same of the files that images may lie in."""
        return {"input_images": _fingerprint(self.others)}


def list_inputs(inputs: InputSpec) -> InputFiles:
    """List the files of the inputs and of the image root.

    Raises:
        InputError: an input that does not exist, or holds no file of the format.
    """
    if inputs.format is None:
        raise InputError("--format is missing; say what --input holds, such as --format html")
    suffixes = source_format(inputs.format).suffixes
    documents: list[InputFile] = []
    others: list[InputFile] = []
    for location in inputs.paths:
        files = list(_walk(location))
        found = [file for file in files if file.source.lower().endswith(suffixes)]
        if not found:
            raise InputError(_nothing_found(location, inputs.format, suffixes, files))
        documents += found
        others += [file for file in files if not file.source.lower().endswith(suffixes)]
    if inputs.image_root:
        others += list(_walk(inputs.image_root))
    return InputFiles(_in_order(documents), _in_order(others))


def image_roots(inputs: InputSpec) -> tuple[str, ...]:
    """Return the folders that relative image URLs resolve under, in order."""
    if inputs.image_root:
        return (inputs.image_root,)
    return tuple(_folder_of(location) for location in inputs.paths)


def remember_inputs(files: str, inputs: InputSpec) -> None:
    """Keep the inputs' places with the warehouse, for stages that are run alone later."""
    write_text(f"{files}/inputs.json", json.dumps(asdict(inputs), sort_keys=True))


def remembered_inputs(files: str) -> InputSpec | None:
    """Return the inputs of the last run that named any."""
    text = read_text(f"{files}/inputs.json")
    if text is None:
        return None
    values = json.loads(text)
    return InputSpec(**{**values, "paths": tuple(values["paths"])})


def _walk(location: str) -> Iterator[InputFile]:
    if "://" in location:
        return _walk_remote(location)
    path = Path(location)
    if not path.exists():
        raise InputError(f"--input {location} does not exist; name a folder or a file")
    if path.is_file():
        return iter([_local_file(path.parent, path)])
    return _walk_local(path)


def _walk_local(root: Path) -> Iterator[InputFile]:
    """Walk a folder without recursion and without following links to folders."""
    pending = [root]
    while pending:
        folder = pending.pop()
        for entry in os.scandir(folder):
            if entry.is_dir(follow_symlinks=False):
                pending.append(Path(entry.path))
            elif entry.is_file() or entry.is_symlink():
                yield _local_file(root, Path(entry.path))


def _local_file(root: Path, path: Path) -> InputFile:
    address = local_url(path.relative_to(root).as_posix())
    source = address.url or path.name.encode("utf-8", "replace").decode()
    problem = None if address.url else "bad_url"
    if path.is_symlink() and not path.resolve().is_relative_to(root.resolve()):
        return InputFile(source, str(path), 0, 0, "bad_url")
    try:
        status = path.stat()
    except OSError:
        return InputFile(source, str(path), 0, 0, "unreadable")
    return InputFile(source, str(path.absolute()), status.st_size, status.st_mtime_ns, problem)


def _walk_remote(location: str) -> Iterator[InputFile]:
    system, path = open_file_system(location)
    info = system.get_file_info(path)
    if info.type == fs.FileType.NotFound:
        raise InputError(f"--input {location} does not exist; name a folder or a file")
    root = path if info.type == fs.FileType.Directory else path.rsplit("/", 1)[0]
    scheme = location.split("://", 1)[0]
    selector = fs.FileSelector(path, recursive=True)
    infos = system.get_file_info(selector) if info.type == fs.FileType.Directory else [info]
    for found in infos:
        if found.type == fs.FileType.File:
            source = local_url(found.path[len(root) :].lstrip("/")).url
            where = f"{scheme}://{found.path}"
            problem = None if source else "bad_url"
            yield InputFile(source or found.base_name, where, found.size, found.mtime_ns, problem)


def _folder_of(location: str) -> str:
    if "://" in location:
        system, remote = open_file_system(location)
        is_file = system.get_file_info(remote).type == fs.FileType.File
        return location.rsplit("/", 1)[0] if is_file else location
    path = Path(location)
    return str((path.parent if path.is_file() else path).absolute())


def _in_order(files: list[InputFile]) -> tuple[InputFile, ...]:
    return tuple(sorted(files, key=lambda file: (file.source, file.path)))


def _fingerprint(files: tuple[InputFile, ...]) -> int:
    digest = hashlib.sha256()
    for file in files:
        digest.update(repr((file.source, file.size_bytes, file.mtime_ns, file.problem)).encode())
    return int.from_bytes(digest.digest()[:8], "big", signed=True)


def _nothing_found(
    location: str, name: str, suffixes: tuple[str, ...], files: list[InputFile]
) -> str:
    kinds = sorted({os.path.splitext(file.source)[1] or "(none)" for file in files})
    seen = f"{len(files)} files ({', '.join(kinds[:5])})" if files else "no files"
    return (
        f"--input {location} holds no {' or '.join(suffixes)} file, which --format {name} reads; "
        f"found {seen}; name another folder or --format"
    )

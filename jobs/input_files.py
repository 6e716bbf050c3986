"""The files below an --input: each once, under its address relative to that input."""

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from pyarrow import fs

from jobs.input_patterns import folder_and_pattern, is_pattern, names_file
from realsyn_lib.errors import InputError
from realsyn_lib.files import open_file_system
from realsyn_lib.urls import local_url


@dataclass(frozen=True)
class InputFile:
    """One file below an input; ``problem`` is a quarantine reason where it must not be read."""

    source: str
    path: str
    size_bytes: int
    mtime_ns: int
    problem: str | None = None


@dataclass(frozen=True)
class Place:
    """What an --input names.

    Attributes:
        location: an absolute local path, or a URI.
        system: the file system it lies in.
        path: the path in that file system.
        key: the same text for the same place, however it was spelled.
        is_file: whether it is one file, not a folder.
        pattern: where an --input has one: it names files below ``path``, which is a folder then.
    """

    location: str
    system: fs.FileSystem
    path: str
    key: str
    is_file: bool
    pattern: str | None = None

    def names(self, file: InputFile) -> bool:
        """Tell whether the --input names this file below the place."""
        return self.pattern is None or names_file(self.pattern, file.source)

    @property
    def folder(self) -> str:
        """The folder that relative addresses resolve under: itself, or that of the file."""
        return self.location.rsplit("/", 1)[0] or "/" if self.is_file else self.location


def place_of_input(location: str) -> Place:
    """Return what an --input names: a file, a folder, or a pattern of either.

    A file whose own name has letters of a pattern is that file.

    Raises:
        InputError: nothing is there, or it may not be read.
    """
    if not is_pattern(location) or os.path.exists(location):
        return place_of(location)
    folder, pattern = folder_and_pattern(location)
    place = place_of(folder)
    return replace(place, key=f"{place.key}/{pattern}", pattern=pattern)


def place_of(location: str, flag: str = "--input") -> Place:
    """Return what a flag names.

    Raises:
        InputError: nothing is there, or it may not be read.
    """
    system, path = open_file_system(location)
    is_local = isinstance(system, fs.LocalFileSystem)
    try:
        is_file = stat.S_ISREG(os.stat(path).st_mode) if is_local else _is_object(system, path)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InputError(f"{flag} {location} does not exist; name a folder or a file") from error
    except OSError as error:
        raise _unreadable(f"{flag} {location}", error) from error
    if is_local:
        path = str(Path(path).absolute())
        return Place(path, system, path, _local_key(path, is_file), is_file)
    key = f"{system.type_name}:/{path.rstrip('/')}"
    return Place(location.rstrip("/"), system, path.rstrip("/"), key, is_file)


def outermost(places: Iterable[Place]) -> list[Place]:
    """Leave out places named before and those inside another: each file is to come once."""
    by_key: dict[str, Place] = {}
    for place in places:
        by_key.setdefault(place.key, place)
    return [place for key, place in by_key.items() if by_key.keys().isdisjoint(_folders_above(key))]


def files_of(place: Place) -> Iterator[InputFile]:
    """List the files of a place, in no order."""
    if not isinstance(place.system, fs.LocalFileSystem):
        return remote_files(place)
    path = Path(place.path)
    return iter([_local_file(path.parent, path)]) if place.is_file else _local_files(path)


def remote_files(place: Place) -> Iterator[InputFile]:
    """List the files of a place in an object store."""
    scheme = place.location.split("://", 1)[0]
    root = place.path.rsplit("/", 1)[0] if place.is_file else place.path
    try:
        selector = place.path if place.is_file else fs.FileSelector(place.path, recursive=True)
        found = place.system.get_file_info([selector] if place.is_file else selector)
    except OSError as error:
        raise _unreadable(place.location, error) from error
    files = {info.path[len(root) :].lstrip("/"): info for info in found if info.is_file}
    made = _made_by_runs(files)
    for name, info in files.items():
        if not name.startswith(made):
            source, problem = _named(name)
            where = f"{scheme}://{info.path}"
            yield InputFile(source, where, info.size, info.mtime_ns, problem)


def _made_by_runs(names: Iterable[str]) -> tuple[str, ...]:
    """Prefixes of what lies in warehouses and Delta tables below the input."""
    tables = {name.split("/_delta_log/", 1)[0] for name in names if "/_delta_log/" in name}
    runs = [table for table in tables if table == "runs" or table.endswith("/runs")]
    warehouses = {runs_of.removesuffix("runs") for runs_of in runs}
    files = {f"{warehouse}_files/" for warehouse in warehouses}
    return tuple({f"{table}/" for table in tables} | files | (warehouses - {""}))


def _local_files(root: Path) -> Iterator[InputFile]:
    """Walk a folder without recursion and without following links to folders."""
    pending = [root]
    while pending:
        folder = pending.pop()
        for entry in _entries(folder):
            if entry.is_dir(follow_symlinks=False):
                pending += [] if _is_made_by_runs(entry.path) else [Path(entry.path)]
            elif entry.is_symlink() or entry.is_file():  # a link first: it may lead in a circle
                yield _local_file(root, Path(entry.path))


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            yield from entries
    except OSError as error:
        raise _unreadable(str(folder), error) from error


def _is_made_by_runs(folder: str) -> bool:
    """Tell a warehouse, a Delta table or the files beside one: made of the input, not part of it."""
    return (
        os.path.isdir(f"{folder}/_delta_log")
        or os.path.isdir(f"{folder}/runs/_delta_log")
        or (os.path.isfile(f"{folder}/inputs.json") and os.path.isdir(f"{folder}/locks"))
    )


def _local_file(root: Path, path: Path) -> InputFile:
    source, problem = _named(path.relative_to(root).as_posix())
    shown = os.fsencode(path.absolute()).decode("utf-8", "replace")  # Spark takes UTF-8 only
    if path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(root.resolve()):
        return InputFile(source, shown, 0, 0, "bad_url")
    try:
        status = path.stat()
    except OSError:
        return InputFile(source, shown, 0, 0, "unreadable")
    if not stat.S_ISREG(status.st_mode):  # a link to a folder, or to a pipe that never ends
        return InputFile(source, shown, 0, 0, "unreadable")
    return InputFile(source, shown, status.st_size, status.st_mtime_ns, problem)


def _named(name: str) -> tuple[str, str | None]:
    """Return a file's address and, where its name is refused, the problem.

    A refused name gets an address all the same, every byte of it percent-encoded: two files have
    never one address, for both ways can be undone.
    """
    url = local_url(name).url
    return (url, None) if url else (quote(os.fsencode(name)), "bad_url")


def _is_object(system: fs.FileSystem, path: str) -> bool:
    info = system.get_file_info(path)
    if info.type == fs.FileType.NotFound:
        raise FileNotFoundError(path)
    return bool(info.is_file)


def _local_key(path: str, is_file: bool) -> str:
    """A file is known by its folder and name: what a link leads to is another file's content."""
    folder, name = os.path.split(path)
    return os.path.join(os.path.realpath(folder), name) if is_file else os.path.realpath(path)


def _folders_above(key: str) -> list[str]:
    return [str(folder) for folder in PurePosixPath(key).parents]


def _unreadable(what: str, error: OSError) -> InputError:
    reason = error.strerror or str(error).splitlines()[0][:200]
    return InputError(
        f"{what} cannot be listed ({reason}); give this user the right to read it, or name another "
        "--input or --image-root"
    )

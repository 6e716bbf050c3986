"""Small files beside the tables, on a local disk or an object store, replaced whole or not at all."""

import hashlib
import io
import os
import secrets
import shutil
import tempfile
from collections.abc import Container, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import BinaryIO, cast

from pyarrow import fs

from realsyn_lib.errors import InputError
from realsyn_lib.failpoints import reach

_REMOTE_BUFFER_BYTES = 8 * 2**20  # of one request to an object store


def open_file_system(location: str) -> tuple[fs.FileSystem, str]:
    """Return the file system of a path or URI, and the path in it.

    A name in a URI is taken as it is, as Spark takes it: nothing in it is percent-decoded. A store is
    connected to once in a process.

    Raises:
        InputError: a scheme that pyarrow does not know, or a store that does not answer.
    """
    scheme, is_uri, rest = location.partition("://")
    if not is_uri:
        return fs.LocalFileSystem(), location
    authority, _, name = rest.rstrip("/").partition("/")
    try:
        system, root = _store(f"{scheme.replace('s3a', 's3')}://{authority}/")
    except (ValueError, OSError) as error:
        raise InputError(
            f"{location}: {error}; expected a path or an s3://, gs://, abfs:// URI"
        ) from error
    return system, f"{root}/{name}" if name or not root else root


@cache
def _store(root: str) -> tuple[fs.FileSystem, str]:
    system, path = fs.FileSystem.from_uri(root)
    return system, str(path).rstrip("/")


def open_seekable(location: str) -> BinaryIO:
    """Open a file for reading from any place in it, on an object store through a buffer.

    Raises:
        OSError: it cannot be opened.
    """
    if "://" not in location:
        return open(location, "rb")
    system, path = open_file_system(location)
    remote = cast(io.RawIOBase, system.open_input_file(path))
    return io.BufferedReader(remote, _REMOTE_BUFFER_BYTES)


def sha256_of(location: str) -> str:
    """Return the SHA-256 of a file, hex, read in blocks.

    Raises:
        OSError: it cannot be read.
    """
    with open_seekable(location) as file:
        return hashlib.file_digest(cast(io.BufferedReader, file), "sha256").hexdigest()


def is_file(location: str) -> bool:
    """Say whether there is a file of that name."""
    system, path = open_file_system(location)
    return bool(system.get_file_info(path).type == fs.FileType.File)


def read_bytes(location: str) -> bytes | None:
    """Return a small file's bytes, None where there is none."""
    if not is_file(location):
        return None
    system, path = open_file_system(location)
    with system.open_input_stream(path) as stream:
        return bytes(stream.readall())


def read_text(location: str) -> str | None:
    """Return a small file's text, None where there is none."""
    data = read_bytes(location)
    return data.decode("utf-8") if data is not None else None


def write_text(location: str, text: str) -> None:
    """Write a file so that a reader sees the old one or the whole new one."""
    write_bytes(location, text.encode("utf-8"))


def write_bytes(location: str, data: bytes, *, makes_folder: bool = True) -> None:
    """Write a file under a temporary name, sync it, give it its name."""
    system, path = open_file_system(location)
    if isinstance(system, fs.LocalFileSystem):
        if makes_folder:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        with whole_file(location) as file:
            file.write(data)
    else:
        with system.open_output_stream(path) as stream:  # object stores show whole objects only
            stream.write(data)


@contextmanager
def whole_file(location: str) -> Iterator[BinaryIO]:
    """Give a file to write; it has its name, in a folder that is there, once the block ends well.

    Until then it has a name of its own beside it, which no other attempt shares: processes on two
    machines may have one number. What goes to an object store waits on the local disk.
    """
    system, path = open_file_system(location)
    if not isinstance(system, fs.LocalFileSystem):
        with tempfile.TemporaryFile() as held:
            yield held
            held.seek(0)
            with system.open_output_stream(path) as stream:
                shutil.copyfileobj(held, stream, _REMOTE_BUFFER_BYTES)
        return
    target = Path(path)
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def remove_folder(location: str) -> None:
    """Remove a folder of working files; nothing happens where there is none."""
    system, path = open_file_system(location)
    if system.get_file_info(path).type == fs.FileType.Directory:
        system.delete_dir(path)


def entries(location: str) -> list[fs.FileInfo]:
    """Return what lies right below a folder, by name; nothing where it is not there."""
    system, path = open_file_system(location)
    found = system.get_file_info(fs.FileSelector(path, allow_not_found=True))
    return sorted(found, key=lambda info: info.base_name)


def subfolders(location: str) -> list[str]:
    """Return the folders right below a folder, as paths or URIs; none where it is not there."""
    found = (info for info in entries(location) if info.type == fs.FileType.Directory)
    return [f"{location}/{info.base_name}" for info in found]


def remove_files_but(location: str, needed: Container[str]) -> None:
    """Remove the files right below a folder whose path or URI is none of those needed."""
    system, _ = open_file_system(location)
    for info in entries(location):
        if info.type == fs.FileType.File and f"{location}/{info.base_name}" not in needed:
            system.delete_file(info.path)


def replace_folder(made: str, place: str) -> None:
    """Give a complete folder its name; what had the name goes.

    On an object store there is no such step: the files are copied, those whose name begins with
    ``_`` last, because they say that the others are complete.
    """
    system, source = open_file_system(made)
    target = open_file_system(place)[1]
    if system.get_file_info(target).type == fs.FileType.Directory:
        system.delete_dir(target)
    reach("files.in_rename")
    if isinstance(system, fs.LocalFileSystem):
        system.move(source, target)
    else:
        copy_folder(system, source, target)
        system.delete_dir(source)


def copy_folder(system: fs.FileSystem, source: str, target: str) -> None:
    """Copy the files of a folder one by one, markers last.

    Args:
        system: the file system of both.
        source: path of a folder in it.
        target: path of a folder that need not be there.
    """
    found = system.get_file_info(fs.FileSelector(source, recursive=True))
    files = [info.path for info in found if info.type == fs.FileType.File]
    for path in sorted(files, key=lambda path: (path.rsplit("/", 1)[-1].startswith("_"), path)):
        copy = f"{target}{path[len(source) :]}"
        system.create_dir(copy.rsplit("/", 1)[0])
        system.copy_file(path, copy)

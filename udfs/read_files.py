"""Read images below the image root: a local folder, or any file system Arrow can open by URI."""

import errno
import os
import stat
from collections.abc import Callable

from pyarrow import fs

from realsyn_lib.errors import InputError
from realsyn_lib.fetch.urls import BadUrlError, relative_parts
from realsyn_lib.files import open_file_system
from udfs.fetched import Fetched

_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_ABSENT = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EISDIR})
_LEADS_ASTRAY = frozenset({errno.ELOOP, errno.ENAMETOOLONG})


def file_reader(image_root: str, max_bytes: int) -> Callable[[str], Fetched]:
    """Return the function that reads a relative URL below ``image_root``.

    Args:
        image_root: a local path, or a URI such as ``s3://bucket/pages``.
        max_bytes: larger files are ``body_too_large``; equal is read.

    Raises:
        InputError: the root is no file system that can be opened.
    """
    if "://" not in image_root:
        return _guarded(lambda parts: _read_local(os.path.realpath(image_root), parts, max_bytes))
    try:
        system, base = open_file_system(image_root)
    except InputError as error:
        raise InputError(f"image root {error}") from error
    if isinstance(system, fs.LocalFileSystem):
        return file_reader(base, max_bytes)
    return _guarded(lambda parts: _read_remote(system, base, parts, max_bytes))


def _guarded(read: Callable[[tuple[str, ...]], Fetched]) -> Callable[[str], Fetched]:
    def fetch(url: str) -> Fetched:
        try:
            return read(relative_parts(url))
        except BadUrlError as error:
            return Fetched(reason="bad_url", detail=str(error))
        except OSError as error:
            return _os_fault(error)

    return fetch


def _read_local(root: str, parts: tuple[str, ...], max_bytes: int) -> Fetched:
    handle = _open_below(root, parts)
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return Fetched(reason="not_found", detail="not a regular file")
        return _bounded(file.read(max_bytes + 1), max_bytes)


def _open_below(root: str, parts: tuple[str, ...]) -> int:
    """Open a file whose real place is below ``root``.

    Links are resolved and the result checked first; then the way is walked folder by folder
    without following any link, so that one swapped in between cannot lead out.
    """
    real = os.path.realpath(os.path.join(root, *parts))
    if os.path.commonpath([root, real]) != root or real == root:
        raise BadUrlError("a link leads out of the image root")
    *folders, name = os.path.relpath(real, root).split(os.sep)
    here = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for folder in folders:
            inner = os.open(folder, _FLAGS | os.O_DIRECTORY, dir_fd=here)
            os.close(here)
            here = inner
        return os.open(name, _FLAGS, dir_fd=here)
    finally:
        os.close(here)


def _read_remote(
    system: fs.FileSystem, base: str, parts: tuple[str, ...], max_bytes: int
) -> Fetched:
    with system.open_input_stream("/".join([base.rstrip("/"), *parts])) as file:
        return _bounded(file.read(max_bytes + 1), max_bytes)


def _bounded(body: bytes, max_bytes: int) -> Fetched:
    if len(body) > max_bytes:
        return Fetched(reason="body_too_large", detail=f"more than {max_bytes} bytes")
    return Fetched(body=body)


def _os_fault(error: OSError) -> Fetched:
    if isinstance(error, FileNotFoundError) or error.errno in _ABSENT:
        return Fetched(reason="not_found", detail="no such file")
    reason = "bad_url" if error.errno in _LEADS_ASTRAY else "unreadable"
    return Fetched(reason=reason, detail=error.strerror or type(error).__name__)

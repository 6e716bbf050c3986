"""Read images below the image root: a local folder, or any file system Arrow can open by URI.

An image is a file there, or a member of an archive whose address says where its bytes lie.
"""

import errno
import os
import stat
from collections.abc import Callable
from functools import lru_cache

from pyarrow import fs

from realsyn_lib.errors import InputError
from realsyn_lib.fetch.urls import BadUrlError, relative_parts
from realsyn_lib.files import open_file_system
from realsyn_lib.images.faults import ImageError
from realsyn_lib.images.tiff_frames import frame_as_png
from realsyn_lib.members import Member, member_in
from realsyn_lib.table_rows import row_in
from udfs.fetched import Fetched

_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_ABSENT = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EISDIR})
_LEADS_ASTRAY = frozenset({errno.ELOOP, errno.ENAMETOOLONG})
_OPEN_ARCHIVES = 32  # kept open on an object store, where each opening costs a request
Read = Callable[[tuple[str, ...], Member | None], Fetched]


def file_reader(image_root: str, max_bytes: int) -> Callable[[str], Fetched]:
    """Return the function that reads a relative URL below ``image_root``.

    Args:
        image_root: a local path, or a URI such as ``s3://bucket/pages``.
        max_bytes: larger files and members are ``body_too_large``; equal is read.

    Raises:
        InputError: the root is no file system that can be opened.
    """
    if "://" not in image_root:
        root = os.path.realpath(image_root)
        return _guarded(lambda parts, member: _read_local(root, parts, member, max_bytes))
    try:
        system, base = open_file_system(image_root)
    except InputError as error:
        raise InputError(f"image root {error}") from error
    if isinstance(system, fs.LocalFileSystem):
        return file_reader(base, max_bytes)
    return _guarded(_remote_reader(system, base.rstrip("/"), max_bytes))


def _guarded(read: Read) -> Callable[[str], Fetched]:
    def fetch(url: str) -> Fetched:
        if row_in(url) is not None:  # a page may name one; the whole table is no picture
            return Fetched(reason="not_found", detail="a row of a table is no file")
        try:
            return read(relative_parts(url), member_in(url))
        except BadUrlError as error:
            return Fetched(reason="bad_url", detail=str(error))
        except OSError as error:
            return _os_fault(error)

    return fetch


def _read_local(
    root: str, parts: tuple[str, ...], member: Member | None, max_bytes: int
) -> Fetched:
    handle = _open_below(root, parts)
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            return Fetched(reason="not_found", detail="not a regular file")
        if member is None:
            return _bounded(file.read(max_bytes + 1), max_bytes)
        return _read_member(
            member, status.st_size, max_bytes, lambda count, at: os.pread(handle, count, at)
        )


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


def _remote_reader(system: fs.FileSystem, base: str, max_bytes: int) -> Read:
    """Files are read as streams, members by a request for their bytes alone, from any thread."""
    archive = lru_cache(maxsize=_OPEN_ARCHIVES)(system.open_input_file)

    def read(parts: tuple[str, ...], member: Member | None) -> Fetched:
        path = "/".join([base, *parts])
        if member is not None:
            file = archive(path)
            return _read_member(member, file.size(), max_bytes, file.read_at)
        with system.open_input_stream(path) as stream:
            return _bounded(stream.read(max_bytes + 1), max_bytes)

    return read


def _read_member(
    member: Member, length: int, max_bytes: int, read_at: Callable[[int, int], bytes]
) -> Fetched:
    """Read a member of an archive of ``length`` bytes, or one picture of it as a PNG file.

    Its address may claim anything. ``read_at`` takes a count and an offset.
    """
    if member.offset + member.size > length:
        return Fetched(reason="incomplete", detail=f"the archive ends at byte {length}")
    if member.frame is not None:
        return _read_frame(member, member.frame, max_bytes, read_at)
    if member.size > max_bytes:
        return Fetched(reason="body_too_large", detail=f"{member.size} bytes, at most {max_bytes}")
    body = read_at(member.size, member.offset)
    if len(body) < member.size:
        return Fetched(reason="incomplete", detail=f"{len(body)} of {member.size} bytes")
    return Fetched(body=body)


def _read_frame(
    member: Member, frame: int, max_bytes: int, read_at: Callable[[int, int], bytes]
) -> Fetched:
    """Read what makes one picture of a file of several; nothing outside the member is looked at."""

    def inside(count: int, at: int) -> bytes:
        count = min(count, member.size - at)
        return read_at(count, member.offset + at) if count > 0 else b""

    try:
        return Fetched(body=frame_as_png(inside, frame, max_bytes))
    except ImageError as fault:
        return Fetched(reason=fault.reason, detail=fault.detail)


def _bounded(body: bytes, max_bytes: int) -> Fetched:
    if len(body) > max_bytes:
        return Fetched(reason="body_too_large", detail=f"more than {max_bytes} bytes")
    return Fetched(body=body)


def _os_fault(error: OSError) -> Fetched:
    if isinstance(error, FileNotFoundError) or error.errno in _ABSENT:
        return Fetched(reason="not_found", detail="no such file")
    reason = "bad_url" if error.errno in _LEADS_ASTRAY else "unreadable"
    return Fetched(reason=reason, detail=error.strerror or type(error).__name__)

"""A shard's file: under a temporary name until it is whole, synced, and hashed by the way."""

import contextlib
import hashlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from realsyn_lib.errors import EnvironmentFault
from realsyn_lib.release.tar import end_padding, member

_BUFFER_BYTES = 2**20


@contextlib.contextmanager
def telling_place(place: str) -> Iterator[None]:
    """Turn what a file system raises into an error that says where and what to do.

    Raises:
        EnvironmentFault: the disk is full, the place is not writable, or anything else of its kind.
    """
    try:
        yield
    except OSError as error:
        raise EnvironmentFault(
            f"export: writing below {place}: {error.strerror or error}; free space or rights there, or "
            "name another place, and run the same command again: nothing was replaced"
        ) from error


class ShardFile:
    """A tar that appears as ``folder/name`` when its block ends without an error, or not at all."""

    def __init__(self, folder: str, name: str) -> None:
        self._folder, self._target = folder, Path(folder, name)
        # Of this attempt alone: processes on two machines may have one number.
        self._partial = Path(folder, f".{name}.partial-{secrets.token_hex(4)}")
        self._file: BinaryIO | None = None
        self._digest = hashlib.sha256()
        self.size_bytes = 0

    @property
    def sha256(self) -> str:
        """Digest of what was written so far, hex."""
        return self._digest.hexdigest()

    def __enter__(self) -> Self:
        with telling_place(self._folder):
            self._file = open(self._partial, "wb", buffering=_BUFFER_BYTES)
        return self

    def add(self, key: str, files: dict[str, bytes | memoryview]) -> None:
        """Write a sample: its files by their ending, in the order of the mapping."""
        parts = [
            part
            for ending, data in files.items()
            for part in member(f"{key}.{ending}".encode(), data)
        ]
        self._write(b"".join(parts))

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        assert self._file is not None
        try:
            if kind is None:
                self._write(end_padding(self.size_bytes))
                with telling_place(self._folder):
                    self._file.flush()
                    os.fsync(self._file.fileno())
                    self._partial.replace(self._target)
                    _sync_folder(self._folder)
        finally:
            with contextlib.suppress(OSError):  # what a full disk would not take is thrown away
                self._file.close()
            self._partial.unlink(missing_ok=True)

    def _write(self, data: bytes) -> None:
        assert self._file is not None
        with telling_place(self._folder):
            self._file.write(data)
        self._digest.update(data)
        self.size_bytes += len(data)


def _sync_folder(folder: str) -> None:
    """Make the new name itself survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

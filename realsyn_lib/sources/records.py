"""What a file of many documents is read into, and the bounds that hold while it is read."""

import gzip
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol

MAX_EXPANSION = 200  # decompressed bytes of one compressed; text and HTML have 3 to 30
GZIP_MARK = b"\x1f\x8b"
BROKEN = (  # what gzip, zipfile and others raise for bytes that are not theirs
    OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError,
    struct.error,
)  # fmt: skip
_CHUNK_BYTES = 2**18


@dataclass(frozen=True, slots=True)
class FoundRecord:
    """One document of a file of many, before it is parsed.

    Attributes:
        locator: its place in the file: the line, or the record's number, from 1.
        data: its bytes; null where ``reason`` says why they were not taken.
        url: its page's address as the file tells it; null where the bytes themselves tell it.
        reason: word of the closed list.
        detail: what was seen.
    """

    locator: str
    data: bytes | None = None
    url: str | None = None
    reason: str | None = None
    detail: str | None = None


@dataclass(frozen=True)
class RecordLimits:
    """How much of a file is held and read.

    Attributes:
        max_record_bytes: a larger document is ``document_too_large`` and never held; equal is read.
        max_file_bytes: a file that decompresses to more is ``damaged`` from there on.
    """

    max_record_bytes: int
    max_file_bytes: int


def limits_of(size_bytes: int, max_record_bytes: int) -> RecordLimits:
    """Return the limits for a file of so many bytes on disk."""
    return RecordLimits(max_record_bytes, size_bytes * MAX_EXPANSION + max_record_bytes)


ReadRecords = Callable[[BinaryIO, RecordLimits], Iterator[FoundRecord]]


class Readable(Protocol):
    """All that is needed of a stream."""

    def read(self, size: int, /) -> bytes:
        """Return at most ``size`` bytes; none at the end only."""
        ...


class BoundedStream:
    """A stream that ends after ``max_bytes``, or where it cannot be read on.

    ``fault`` then says why. It ends instead of raising, because libraries that are not written in
    Python turn what a stream raises into something else.
    """

    def __init__(self, stream: Readable, max_bytes: int) -> None:
        self._stream, self._max, self._read = stream, max_bytes, 0
        self.fault: str | None = None

    def read(self, size: int = -1) -> bytes:
        """Return at most ``size`` bytes, and never more than a chunk."""
        try:
            data = self._stream.read(min(size, _CHUNK_BYTES) if size >= 0 else _CHUNK_BYTES)
        except BROKEN as error:
            self.fault = told(error)
            return b""
        except BaseException as error:
            if not is_panic(error):
                raise
            self.fault = told(error)
            return b""
        if len(data) > self._max - self._read:
            self.fault = f"more than {self._max} bytes when decompressed"
            data = data[: self._max - self._read]
        self._read += len(data)
        return data

    def tell(self) -> int:
        """Return how many bytes were read."""
        return self._read


class Gunzipped:
    """The content of a gzip file of one or more members.

    Each piece is handed on before a later one can fail, and a last member that is cut fails, both
    unlike others do.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = gzip.GzipFile(fileobj=file, mode="rb")

    def read(self, size: int, /) -> bytes:
        """Return some of the content, at most ``size`` bytes; nothing at its end."""
        return self._file.read1(size)


def is_panic(error: BaseException) -> bool:
    """Tell a fault inside a library written in Rust, which is raised as no ``Exception``.

    fastwarc has one for a damaged dictionary of zstd; a hostile file must not end a job by it.
    """
    return type(error).__name__ == "PanicException"


def told(error: BaseException) -> str:
    """Return the first line of an error's text, or its name."""
    return (str(error).splitlines() or [""])[0][:200] or type(error).__name__


def damaged(locator: str, detail: str) -> FoundRecord:
    """Return the row that stands for the rest of a file that cannot be read on."""
    return FoundRecord(locator, reason="damaged", detail=f"{detail}; nothing behind it was read")


def too_large(locator: str, seen: str, limits: RecordLimits) -> FoundRecord:
    """Return the row of a document that is larger than what is held."""
    detail = f"{seen}, at most {limits.max_record_bytes} are read"
    return FoundRecord(locator, reason="document_too_large", detail=detail)

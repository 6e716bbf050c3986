"""The members of a tar archive in their order, found by reading headers only.

ustar, GNU and pax headers. Nothing is extracted, no name is opened, and what a header may claim is bounded:
Python's tarfile reads a pax header of any size into memory and keeps every member it has seen.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

BLOCK = 512
STREAM_BYTES = 2**20  # of a remote archive, read at once
_END = bytes(BLOCK)
_MOST_EXTENDED = 2**20  # bytes of a header that only names the next one
_FILES = frozenset((b"\0", b"0", b"7"))  # regular, as three standards write it
_WITHOUT_DATA = frozenset((b"1", b"2", b"3", b"4", b"5", b"6"))  # links, devices, folders, pipes
_NAMING = frozenset((b"x", b"g", b"L", b"K"))


class TarFaultError(ValueError):
    """The archive cannot be read on; the text says at which byte, and why."""


class ForwardFile:
    """A file that is read from its beginning to its end.

    What is passed over is jumped over where ``can_jump``, as on a local disk, else read in pieces.
    """

    def __init__(self, file: Any, size: int, can_jump: bool) -> None:
        self.size = size
        self._file, self._can_jump, self._at = file, can_jump, 0

    def read(self, count: int) -> bytes:
        """Return up to ``count`` bytes, fewer only at the end."""
        data = bytes(self._file.read(count))
        self._at += len(data)
        return data

    def skip_to(self, offset: int) -> None:
        """Go forward."""
        if self._can_jump:
            self._file.seek(offset)
            self._at = offset
        while self._at < offset and self.read(min(STREAM_BYTES, offset - self._at)):
            pass


@dataclass(frozen=True, slots=True)
class TarMember:
    """A regular file: its percent-encoded name, where its bytes begin, how many they are."""

    name: str
    offset: int
    size: int


def tar_members(source: ForwardFile) -> Iterator[TarMember]:
    """Yield the regular files of an archive. Between two of them the caller may read the first.

    Links, folders and devices are passed over, and so are sparse files, whose bytes are not in one piece.

    Raises:
        TarFaultError: a header is none, a member or a header reaches beyond the end, or there is no end mark.
    """
    at, told = 0, _Told()
    while True:
        source.skip_to(at)
        header = _whole(source, at, BLOCK, "header")
        if header == _END:
            return
        _check_sum(header, at)
        kind, data = header[156:157], at + BLOCK
        size = _size(header, kind, told, at)
        if data + size > source.size:
            raise TarFaultError(f"byte {at}: a member of {size} bytes reaches beyond the end")
        at = data + -(-size // BLOCK) * BLOCK
        if kind in _NAMING:
            if size > _MOST_EXTENDED:
                raise TarFaultError(f"byte {data - BLOCK}: a header of {size} bytes")
            told = told.and_by(kind, _whole(source, data, size, "header"), data)
            continue
        if kind in _FILES and not told.is_sparse:
            yield TarMember(quote(told.name or _name(header), safe="/"), data, size)
        elif kind == b"S":
            raise TarFaultError(f"byte {data - BLOCK}: a sparse file of the old GNU form")
        told = _Told()


@dataclass(frozen=True)
class _Told:
    """What headers say of the member that follows them."""

    name: bytes | None = None
    size: int | None = None
    is_sparse: bool = False

    def and_by(self, kind: bytes, data: bytes, at: int) -> "_Told":
        """Add what one more header says; of the whole archive's (``g``) and of links nothing is used."""
        if kind == b"L":
            return _Told(data.split(b"\0", 1)[0], self.size, self.is_sparse)
        if kind != b"x":
            return self
        name, size, is_sparse = self.name, self.size, self.is_sparse
        for key, value in _pax_records(data, at):
            if key == b"path":
                name = value
            elif key == b"size":
                size = _digits(value, 10, at)
            is_sparse = is_sparse or key.startswith(b"GNU.sparse.")
        return _Told(name, size, is_sparse)


def _pax_records(data: bytes, at: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield key and value of each ``LENGTH KEY=VALUE`` line; a length counts itself."""
    start = 0
    while start < len(data) and data[start : start + 1] != b"\0":
        length, _, _ = data[start : start + 20].partition(b" ")
        end = start + _digits(length, 10, at)
        key, equals, value = data[start + len(length) + 1 : end - 1].partition(b"=")
        if not equals or end > len(data) or data[end - 1 : end] != b"\n":
            raise TarFaultError(f"byte {at}: a pax header that is none")
        yield key, value
        start = end


def _whole(source: ForwardFile, at: int, count: int, what: str) -> bytes:
    data = source.read(count)
    if len(data) == count:
        return data
    if not data:
        raise TarFaultError(f"byte {at}: it ends without the mark of an end; it may have been cut")
    raise TarFaultError(f"byte {at}: it ends inside a {what}")


def _name(header: bytes) -> bytes:
    name = header[:100].split(b"\0", 1)[0]
    prefix = header[345:500].split(b"\0", 1)[0] if header[257:263] == b"ustar\0" else b""
    return prefix + b"/" + name if prefix else name


def _size(header: bytes, kind: bytes, told: _Told, at: int) -> int:
    """Return the bytes behind a header; what was told before is not of a header that only names."""
    if kind in _WITHOUT_DATA:
        return 0
    stated = _number(header[124:136], at)
    return stated if told.size is None or kind in _NAMING else told.size


def _number(field: bytes, at: int) -> int:
    """Read a size: octal digits, or from 8 GiB on a big-endian number behind the byte 0x80."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    return _digits(field.strip(b" \0") or b"0", 8, at)


def _digits(text: bytes, base: int, at: int) -> int:
    if not text.isdigit() or len(text) > 19:
        raise TarFaultError(f"byte {at}: {text[:20]!r} is no number")
    try:
        return int(text, base)
    except ValueError as error:
        raise TarFaultError(f"byte {at}: {text[:20]!r} is no number") from error


def _check_sum(header: bytes, at: int) -> None:
    """Old writers added the bytes as signed numbers; both sums are right."""
    stated = _digits(header[148:156].strip(b" \0") or b"0", 8, at)
    rest = header[:148] + b" " * 8 + header[156:]
    found = sum(rest)
    if stated != found and stated != found - 256 * sum(byte > 127 for byte in rest):
        raise TarFaultError(f"byte {at}: no header of a tar archive")

"""Files of one JSON object a line, plain, in gzip or in a zip -> their lines, a few bytes held."""

import zipfile
from collections.abc import Iterator
from typing import BinaryIO, cast
from urllib.parse import quote

from realsyn_lib.sources.records import (
    BROKEN,
    GZIP_MARK,
    BoundedStream,
    FoundRecord,
    Gunzipped,
    RecordLimits,
    damaged,
    told,
    too_large,
)

ZIP_MARK = b"PK\x03\x04"
_CHUNK_BYTES = 2**18
_MAX_DIRECTORY_BYTES = 2**21  # of a zip: some ten thousand names; MMC4's hold one
_PLAIN_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # the others decompress without a bound
_BLANK = b" \t\r\n"


def read_json_lines(file: BinaryIO, limits: RecordLimits) -> Iterator[FoundRecord]:
    """Yield the lines of a file that are not blank, numbered from 1.

    What the file is, its first bytes tell. Lines of a zip are those of its entries named
    ``*.jsonl``, one after the other, and their locator is ``entry:line``; the entry's name is
    percent-encoded and is never used as a path.

    Args:
        file: open for reading, at its start; seekable where it is a zip.
        limits: bounds of a line and of the whole.

    Returns:
        The lines. One that is longer than ``max_record_bytes`` is passed over without being held.
        Where the file breaks off or is none of the three, a last row says so (``damaged``).
    """
    mark = file.read(4)
    file.seek(0)
    if mark.startswith(ZIP_MARK):
        yield from _lines_of_zip(file, limits)
        return
    plain = Gunzipped(file) if mark.startswith(GZIP_MARK) else file
    yield from _lines_of(BoundedStream(plain, limits.max_file_bytes), limits, "")


def _lines_of_zip(file: BinaryIO, limits: RecordLimits) -> Iterator[FoundRecord]:
    try:
        archive = zipfile.ZipFile(cast(BinaryIO, _SmallReads(file)))
    except BROKEN as error:
        yield damaged("", told(error))
        return
    left, seen = limits.max_file_bytes, set[str]()
    for number, entry in enumerate(archive.infolist(), start=1):
        if entry.is_dir() or not entry.filename.lower().endswith(".jsonl"):
            continue
        name = quote(entry.filename, errors="replace")
        name = f"{number}:{name}" if name in seen else name  # two entries may have one name
        seen.add(name)
        if entry.compress_type not in _PLAIN_METHODS:
            yield damaged(f"{name}:1", f"compression method {entry.compress_type}")
            continue
        try:
            opened = archive.open(entry)
        except BROKEN as error:
            yield damaged(f"{name}:1", told(error))
            continue
        with opened:
            bounded = BoundedStream(opened, left)
            yield from _lines_of(bounded, limits, f"{name}:")
            left -= bounded.tell()
            if left <= 0:
                return


def _lines_of(stream: BoundedStream, limits: RecordLimits, prefix: str) -> Iterator[FoundRecord]:
    """Yield the lines of a decompressed stream; the last may lack its line break."""
    held = bytearray()
    number, passed_over = 1, 0  # bytes of a line that is too long, no longer held
    while True:
        chunk = stream.read(_CHUNK_BYTES)
        if chunk and not held and not passed_over and not chunk.strip(_BLANK):
            number += chunk.count(b"\n")  # a bomb of blank lines costs no loop over them
            continue
        *whole, rest = chunk.split(b"\n")
        for line in whole:
            held += line
            yield from _line(bytes(held), passed_over, f"{prefix}{number}", limits)
            held.clear()
            number, passed_over = number + 1, 0
        held += rest
        if passed_over + len(held) > limits.max_record_bytes + 1:  # a carriage return may end it
            passed_over += len(held)
            held.clear()
        if not chunk:
            break
    if stream.fault:
        yield damaged(f"{prefix}{number}", stream.fault)
    else:
        yield from _line(bytes(held), passed_over, f"{prefix}{number}", limits)


def _line(
    line: bytes, passed_over: int, locator: str, limits: RecordLimits
) -> Iterator[FoundRecord]:
    data = line.strip(_BLANK)
    size = passed_over + len(data)
    if size > limits.max_record_bytes:
        yield too_large(locator, f"{size} bytes", limits)
    elif data:
        yield FoundRecord(locator, data)


class _SmallReads:
    """A file of which nobody reads much at once: the directory of a zip is read as a whole."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable
        self.close = file.close

    def read(self, size: int = -1) -> bytes:
        """Return ``size`` bytes, or all that is left.

        Raises:
            BadZipFile: that is more than a directory of some ten thousand names.
        """
        wanted = size if 0 <= size <= _MAX_DIRECTORY_BYTES else _MAX_DIRECTORY_BYTES + 1
        data = self._file.read(wanted)
        if len(data) > _MAX_DIRECTORY_BYTES:
            raise zipfile.BadZipFile(f"a directory of more than {_MAX_DIRECTORY_BYTES} bytes")
        return data

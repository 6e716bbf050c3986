"""The head of an HTTP/1.1 answer: status, fields, and how its body ends (RFC 9112)."""

import re
from dataclasses import dataclass

_STATUS = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9]{2})(?: [^\r\n]*)?\r?$")
_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+$")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r\n$")
_BODILESS = frozenset({204, 304})
MAX_HEAD_BYTES = 65536


class BadAnswerError(ValueError):
    """What came is no answer of HTTP/1.1."""


@dataclass(frozen=True)
class Head:
    """Status and fields, names in lower case.

    ``length``: bytes of the body; null where it is chunked or ends with the connection.
    ``stays_open``: another request may follow on the connection.
    """

    status: int
    fields: tuple[tuple[str, str], ...]
    length: int | None
    is_chunked: bool
    stays_open: bool

    def all(self, name: str) -> list[str]:
        """Return every value of a field, in order."""
        return [value for key, value in self.fields if key == name]

    def first(self, name: str) -> str | None:
        """Return the first value of a field."""
        return next(iter(self.all(name)), None)


def parse_head(data: bytes) -> Head:
    """Parse everything up to the empty line.

    Lines that are no field are passed over, as browsers do; a continued line belongs to the field
    before it. Values are Latin-1.

    Raises:
        BadAnswerError: no status line, several lengths, an unknown way of transfer.
    """
    first, _, rest = data.partition(b"\n")
    status = _STATUS.match(first)
    if status is None:
        raise BadAnswerError("no status line")
    fields = _fields(rest)
    code = int(status.group(2))
    length, is_chunked = _framing(code, fields)
    ends = length is None and not is_chunked
    words = ",".join(value for name, value in fields if name == "connection").lower()
    closes = "close" in words or (status.group(1) == b"0" and "keep-alive" not in words)
    return Head(code, tuple(fields), length, is_chunked, not (ends or closes))


def chunk_bytes(line: bytes) -> int:
    """Return the size that a chunk's first line announces.

    Raises:
        BadAnswerError: it announces none.
    """
    size = _CHUNK.match(line)
    if size is None:
        raise BadAnswerError("a chunk without a size")
    return int(size.group(1), 16)


def _fields(rest: bytes) -> list[tuple[str, str]]:
    fields: list[tuple[str, str]] = []
    for line in rest.split(b"\n"):
        if line[:1] in (b" ", b"\t") and fields:
            name, value = fields[-1]
            fields[-1] = (name, f"{value} {line.strip().decode('latin-1')}".strip())
            continue
        name_bytes, colon, value_bytes = line.partition(b":")
        if colon and _NAME.match(name_bytes):
            name = name_bytes.decode("ascii").lower()
            fields.append((name, value_bytes.strip().decode("latin-1")))
    return fields


def _framing(status: int, fields: list[tuple[str, str]]) -> tuple[int | None, bool]:
    """Return the body's length, and whether it is chunked instead."""
    if status < 200 or status in _BODILESS:
        return 0, False
    codings = [value.lower() for name, value in fields if name == "transfer-encoding"]
    if codings:
        if codings != ["chunked"]:
            raise BadAnswerError("an unknown transfer encoding")
        return None, True
    lengths = {value for name, value in fields if name == "content-length"}
    if not lengths:
        return None, False
    (one, *others) = lengths
    if others or not (one.isascii() and one.isdigit() and len(one) < 16):
        raise BadAnswerError("no single content length")
    return int(one), False

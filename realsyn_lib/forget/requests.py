"""The list of a takedown, ``kind,value[,reason]``, as requests in the spelling that tables use."""

import csv
import hashlib
import io
import re
from dataclasses import dataclass

from realsyn_lib.digests import sha256_in
from realsyn_lib.errors import InputError
from realsyn_lib.opt_out import KINDS, OptOut
from realsyn_lib.urls import canonical_url, is_web

MAX_LIST_BYTES = 2**30
_MAX_CELL_CHARS = 16_384
_HEADERS = (["kind", "value"], ["kind", "value", "reason"])
_HEX_HASH = re.compile(r"(?:0x)?([0-9a-f]{16})")
_NUMBER = re.compile(r"[+-]?[0-9]{1,20}")


@dataclass(frozen=True)
class Request:
    """One line of a list.

    ``value``: canonical address, host, hex digest; ``phash``: the hash itself, of that kind alone.
    """

    kind: str
    value: str
    phash: int | None
    reason: str | None

    @property
    def value_sha256(self) -> str | None:
        """What ``opt_out`` keeps of the value; a file is named by its SHA-256 as it is."""
        if self.kind == "phash":
            return None
        if self.kind == "sha256":
            return self.value
        return hashlib.sha256(self.value.encode("utf-8")).hexdigest()


def parse_list(data: bytes, where: str) -> list[Request]:
    """Return the requests of a list, in order, each once.

    A first line ``kind,value`` or ``kind,value,reason`` is a header; empty lines are passed over. An address
    is brought to its canonical form, which may be a path relative to the input; a domain is a host without
    scheme; a phash is 16 hex digits as imagehash writes them, or the number that the table ``images`` holds.

    Args:
        data: the file.
        where: what the messages call it.

    Raises:
        InputError: no UTF-8, no CSV, a line with other than two or three cells, an unknown kind, a value that
            is none of its kind, or no line at all; the message names the line.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise InputError(
            f"{where}, line {line}: no UTF-8 text ({error.reason}); save it as UTF-8"
        ) from error
    found: dict[tuple[str, str], Request] = {}
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for cells in reader:
            cells = [cell.strip() for cell in cells]
            if any(cells) and not (not found and [c.lower() for c in cells] in _HEADERS):
                request = _request(cells, f"{where}, line {reader.line_num}")
                found.setdefault((request.kind, request.value), request)
    except csv.Error as error:
        raise InputError(
            f"{where}, line {reader.line_num}: {error}; expected CSV: kind,value[,reason]"
        ) from error
    if not found:
        raise InputError(f"{where}: holds no entry, expected lines kind,value[,reason]")
    return list(found.values())


def opt_out_of(requests: list[Request]) -> OptOut:
    """Return the requests as the set that texts and files are held against."""
    return OptOut.of((one.kind, one.value_sha256, one.phash) for one in requests)


def _request(cells: list[str], where: str) -> Request:
    if len(cells) not in (2, 3):
        raise InputError(f"{where}: {len(cells)} cells, expected two or three: kind,value[,reason]")
    kind, value, reason = cells[0].lower(), cells[1], cells[2] if len(cells) == 3 else ""
    if kind not in KINDS:
        raise InputError(
            f"{where}: kind {kind[:40]!r} is unknown, expected one of {', '.join(KINDS)}"
        )
    if not value or max(map(len, cells)) > _MAX_CELL_CHARS or "\0" in "".join(cells):
        raise InputError(
            f"{where}: the value is empty, or a cell has more than {_MAX_CELL_CHARS} characters or a null"
        )
    if kind == "phash":
        return Request(kind, value.lower(), _phash(value.lower(), where), reason or None)
    checked = {"sha256": _sha256, "domain": _domain}.get(kind, _address)(value, where)
    return Request(kind, checked, None, reason or None)


def _address(value: str, where: str) -> str:
    address = canonical_url(value, "")
    if address.url is None:
        raise InputError(
            f"{where}: {value[:200]!r} is no address ({address.refusal}); expected http(s)://... or the path "
            "of a page or picture relative to --input"
        )
    return address.url


def _domain(value: str, where: str) -> str:
    bare = value.removeprefix("*").removeprefix(".")
    address = canonical_url(f"https://{bare}/", "") if not re.search(r"[/?#:@\s]", bare) else None
    if address is None or address.url is None or not is_web(address.url):
        raise InputError(
            f"{where}: {value[:200]!r} is no domain, expected a host such as example.com, without "
            "scheme and path"
        )
    return address.url.removeprefix("https://").rstrip("/")


def _sha256(value: str, where: str) -> str:
    digest = sha256_in(value)
    if digest is None:
        raise InputError(f"{where}: {value[:80]!r} is no SHA-256, expected 64 hex digits")
    return digest


def _phash(value: str, where: str) -> int:
    """A text of 16 decimal digits could be either spelling; it is asked which."""
    hexadecimal, number = _HEX_HASH.fullmatch(value), _NUMBER.fullmatch(value)
    if hexadecimal and number and not value.startswith("0x"):
        raise InputError(f"{where}: {value!r} may be hex or a number; write 0x{value}, or +{value}")
    if hexadecimal:
        return int.from_bytes(bytes.fromhex(hexadecimal[1]), "big", signed=True)
    if number and -(2**63) <= int(value) < 2**63:
        return int(value)
    raise InputError(
        f"{where}: {value[:80]!r} is no phash, expected 16 hex digits, or images.phash: a signed "
        "64-bit number"
    )

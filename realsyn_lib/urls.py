"""Canonical addresses: one spelling for one page or picture, or a refusal that says why.

A web address is absolute (``http`` or ``https``). A local one is a path relative to the input
folder: POSIX, percent-encoded, never absolute and never leaving the folder.
"""

import ipaddress
import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from realsyn_lib.members import member_in
from realsyn_lib.table_rows import row_in

MAX_URL_BYTES = 8192

_DEFAULT_PORTS = {"http": 80, "https": 443}
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_TRACKING = re.compile(r"(?:utm_[^=]*|gclid|fbclid)(?:=|$)", re.IGNORECASE)
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_CREDENTIALS = re.compile(r"([/\\]{2})[^/\\?#\s]*@")
_PLAIN = re.compile(r"[A-Za-z0-9\-._~!$&'()*+,;=:@/]*")  # what needs no percent-encoding at all
_ENCODE = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9\-._~!$&'()*+,;=:@/?]")
_DOTS = re.compile("[.\u3002\uff0e\uff61]")  # between labels, as IDNA has them (RFC 3490, 3.1)
_MOST_LABEL_CHARS = 63  # RFC 1035
_HOST = re.compile(
    r"[a-z0-9_](?:[a-z0-9_\-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_\-]{0,61}[a-z0-9_])?)*"
)


class Address(NamedTuple):
    """``url`` is the canonical form; null where ``refusal`` says why there is none."""

    url: str | None
    refusal: str | None


class _RefusedError(ValueError):
    """Internal: the text is the refusal."""


def canonical_url(raw: str, base: str) -> Address:
    """Return the one spelling of an address found in a document.

    Lower-case scheme and host, IDNA host, no default port, no fragment, no ``utm_*``, ``gclid``
    or ``fbclid`` parameter, dot segments resolved, unreserved letters decoded, other escapes in
    upper case. A local address has no query either, for a folder on disk knows none, but for that of a
    member of an archive (``realsyn_lib.members``) or of a table's row (``realsyn_lib.table_rows``).

    Args:
        raw: the address as the document wrote it.
        base: canonical address that relative ones resolve against: a web address, a local path,
            or ``""`` for the input folder itself.

    Returns:
        The canonical form, or a refusal: schemes other than http and https, absolute or escaping
        local paths, control characters, credentials, bad hosts, more than ``MAX_URL_BYTES``.
    """
    try:
        return Address(_canonical(raw, base), None)
    except _RefusedError as refusal:
        return Address(None, str(refusal))


def local_url(path: str) -> Address:
    """Return the address of a file by its POSIX path relative to the input folder.

    The path is a name on disk, not an address: ``%``, ``?`` and ``#`` stand for themselves. Two
    paths never get one address: a name with bytes that are no UTF-8 is refused.
    """
    if _is_not_utf8(path):
        return Address(None, "not UTF-8")
    literal = path.replace("%", "%25").replace("?", "%3F").replace("#", "%23")
    literal = literal.replace("\\", "%5C").replace(":", "%3A")
    try:
        return Address(_local_path(_checked(literal), "", from_disk=True), None)
    except _RefusedError as refusal:
        return Address(None, str(refusal))


def without_credentials(raw: str) -> str:
    """Return an address as it was written, but for user and password before its host."""
    return _CREDENTIALS.sub(r"\1", raw)


def is_web(url: str) -> bool:
    """Tell a canonical web address from a canonical local path."""
    return url.startswith(("https://", "http://"))


def _is_not_utf8(path: str) -> bool:
    """Bytes that Python could not decode stand in the name as lone surrogates."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return True
    return False


def _canonical(raw: str, base: str) -> str:
    text = _checked(raw.strip(" \t\n\r\f"))
    scheme = _SCHEME.match(text)
    text = text.replace("\\", "/") if not scheme else text
    if scheme:
        name = scheme.group(1).lower()
        if name not in _DEFAULT_PORTS:
            raise _RefusedError(f"scheme {name[:20]!r} is not http or https")
        rest = text[scheme.end() :].replace("\\", "/")
        if not rest.startswith("//"):
            raise _RefusedError("no // after the scheme")
        return _bounded(_web(name, rest[2:]))
    if text.startswith("//"):
        return _bounded(_web(base.split(":", 1)[0] if is_web(base) else "https", text[2:]))
    if is_web(base):
        return _bounded(_relative_web(text, base))
    return _bounded(_local_path(text, base, from_disk=False))


def _checked(text: str) -> str:
    if not text or text.startswith("#"):
        raise _RefusedError("empty")
    if len(text) > MAX_URL_BYTES:
        raise _RefusedError(f"longer than {MAX_URL_BYTES} bytes")
    if not (text.isascii() and text.isprintable()) and _CONTROL.search(text):
        raise _RefusedError("control character")
    return text


def _bounded(url: str) -> str:
    if len(url) > MAX_URL_BYTES:  # ASCII by now: letters are bytes
        raise _RefusedError(f"longer than {MAX_URL_BYTES} bytes")
    return url


def _web(scheme: str, rest: str) -> str:
    end = re.search(r"[/?#]", rest)
    authority = rest[: end.start()] if end else rest
    tail = rest[end.start() :] if end else ""
    path, query = _split_tail(tail)
    host = _host_and_port(authority, scheme)
    return f"{scheme}://{host}{_resolve(_encode(path))}{query}"


def _relative_web(text: str, base: str) -> str:
    root, base_path = _split_base(base)
    path, query = _split_tail(text)
    if not path:
        path = base_path
    elif not path.startswith("/"):
        path = base_path.rsplit("/", 1)[0] + "/" + path
    return f"{root}{_resolve(_encode(path))}{query}"


@lru_cache(maxsize=64)
def _split_base(base: str) -> tuple[str, str]:
    start = base.index("://") + 3
    end = base.find("/", start)
    return (base[:end], base[end:].split("?", 1)[0]) if end > 0 else (base, "/")


def _local_path(text: str, base: str, from_disk: bool) -> str:
    path, _, query = text.split("#", 1)[0].partition("?")
    if not path:
        raise _RefusedError("empty")
    if path.startswith("/"):
        raise _RefusedError("absolute path")
    encoded = _encode(path)
    hidden = re.search(r"%(?:2F|5C|[01][0-9A-F]|7F)", encoded)
    if hidden and not (from_disk and hidden.group() == "%5C"):
        raise _RefusedError(f"hidden {hidden.group()} in a local path")
    folder = base.rsplit("/", 1)[0].split("/") if "/" in base else []
    segments = list(folder)
    for segment in encoded.split("/"):
        if segment == "..":
            if not segments:
                raise _RefusedError("leaves the input folder")
            segments.pop()
        elif segment not in ("", "."):
            segments.append(segment)
    if not segments or encoded.endswith("/"):
        raise _RefusedError("names a folder, not a file")
    local = "/".join(segments)
    inside = f"{local}?{_encode(query)}"
    is_place = bool(query) and (member_in(inside) is not None or row_in(inside) is not None)
    return inside if is_place else local


def _split_tail(tail: str) -> tuple[str, str]:
    """Split into path and canonical query (with its ``?``, or empty)."""
    path, _, query = tail.split("#", 1)[0].partition("?")
    kept = [part for part in query.split("&") if part and not _TRACKING.match(part)]
    return path, "?" + _encode("&".join(kept)) if kept else ""


def _encode(text: str) -> str:
    """Percent-encode what must be, decode what need not be, hex in upper case."""
    return text if _PLAIN.fullmatch(text) else _ENCODE.sub(_encode_one, text)


def _encode_one(match: re.Match[str]) -> str:
    found = match.group()
    if len(found) == 3:
        byte = int(found[1:], 16)
        return chr(byte) if byte in _UNRESERVED else found.upper()
    return "".join(f"%{byte:02X}" for byte in found.encode("utf-8", "replace"))


def _resolve(path: str) -> str:
    """Resolve dot segments of an absolute web path; ``..`` above the root stays at the root."""
    if "/." not in path:
        return path or "/"
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def _host_and_port(authority: str, scheme: str) -> str:
    if "@" in authority:
        raise _RefusedError("credentials in the address")
    host, port = authority, ""
    if authority.startswith("["):
        host, bracket, port = authority.partition("]")
        if not bracket or (port and not port.startswith(":")):
            raise _RefusedError("malformed host")
        port = port[1:]
    elif ":" in authority:
        host, _, port = authority.partition(":")
    return _host(host) + _port(port, scheme)


@lru_cache(maxsize=4096)
def _host(raw: str) -> str:
    if raw.startswith("["):
        try:
            return f"[{ipaddress.IPv6Address(raw[1:]).compressed}]"
        except ipaddress.AddressValueError as error:
            raise _RefusedError("malformed host") from error
    try:
        host = unquote_to_bytes(raw).decode("utf-8")
        host = host if host.isascii() else _punycode(host)
    except UnicodeError as error:
        raise _RefusedError("malformed host") from error
    host = host.lower().removesuffix(".")
    if len(host) > 253 or not _HOST.fullmatch(host):
        raise _RefusedError("malformed host")
    return host


def _punycode(host: str) -> str:
    """Raises UnicodeError. Encoding takes the square of a label's length: long ones are refused before."""
    if max(map(len, _DOTS.split(host))) > _MOST_LABEL_CHARS:
        raise _RefusedError("malformed host")
    return host.encode("idna").decode("ascii")


def _port(port: str, scheme: str) -> str:
    if not port:
        return ""
    if not (port.isascii() and port.isdigit() and len(port) <= 5 and int(port) <= 65535):
        raise _RefusedError("malformed port")
    return "" if int(port) == _DEFAULT_PORTS[scheme] else f":{int(port)}"

"""One HTTP request: connect to a checked address, ask, read a bounded body."""

import http.client
import socket
import ssl
import zlib
from dataclasses import dataclass

from realsyn_lib.fetch.addresses import AllowList, may_connect
from realsyn_lib.fetch.answers import REDIRECTS, status_reason
from realsyn_lib.fetch.rules import FetchRules
from realsyn_lib.fetch.urls import HttpTarget
from udfs.timed_socket import TimedSocket, seconds_left

_CHUNK = 65536
_WINDOW_BITS = {
    "gzip": zlib.MAX_WBITS | 16,
    "x-gzip": zlib.MAX_WBITS | 16,
    "deflate": zlib.MAX_WBITS,
}


class RefusedError(Exception):
    """A request that brought no image; ``reason`` is a word of ``realsyn_lib.reasons``."""

    def __init__(
        self, reason: str, detail: str, status: int | None = None, retry_after: str | None = None
    ) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.status = status
        self.retry_after = retry_after


@dataclass(frozen=True)
class Answer:
    """A body, or where it has moved to."""

    status: int
    body: bytes = b""
    location: str | None = None


def request(
    target: HttpTarget, rules: FetchRules, allow: AllowList, tls: ssl.SSLContext, deadline: float
) -> Answer:
    """Send one GET and read its answer.

    Raises:
        RefusedError: the address is not public, the status or the body is not acceptable.
        TimeoutError, OSError, http.client.HTTPException: the connection failed.
    """
    with _connect(target, allow, tls, deadline) as connected:
        connection = http.client.HTTPConnection(target.host, target.port)
        connection.sock = TimedSocket(connected, deadline)
        connection.request("GET", target.request, headers=_headers(target, rules))
        return _answer(connection.getresponse(), rules.max_body_bytes)


def _headers(target: HttpTarget, rules: FetchRules) -> dict[str, str]:
    default = 443 if target.secure else 80
    host = f"[{target.host}]" if ":" in target.host else target.host
    return {
        "Host": host if target.port == default else f"{host}:{target.port}",
        "User-Agent": rules.user_agent,
        "Accept": "image/*",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }


def _connect(
    target: HttpTarget, allow: AllowList, tls: ssl.SSLContext, deadline: float
) -> socket.socket:
    """Resolve, check every address, and connect to one of those checked: no second look-up."""
    seconds_left(deadline)
    found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    if not may_connect(target.host, target.port, addresses, allow):
        raise RefusedError("ssrf_blocked", f"{target.host} is {', '.join(addresses[:4])}")
    plain = _first_that_connects(addresses, target.port, deadline)
    if not target.secure:
        return plain
    try:
        plain.settimeout(seconds_left(deadline))
        return tls.wrap_socket(plain, server_hostname=target.host)
    except OSError:
        plain.close()
        raise


def _first_that_connects(addresses: list[str], port: int, deadline: float) -> socket.socket:
    failed: OSError | None = None
    for address in addresses:
        try:
            return socket.create_connection((address, port), timeout=seconds_left(deadline))
        except ConnectionError as error:
            failed = error
    assert failed is not None  # may_connect refuses an empty list
    raise failed


def _answer(response: http.client.HTTPResponse, max_bytes: int) -> Answer:
    status, location = response.status, response.getheader("Location")
    if status in REDIRECTS and location:
        return Answer(status, location=location)
    reason = status_reason(status)
    if reason is not None:
        raise RefusedError(reason, f"status {status}", status, response.getheader("Retry-After"))
    body = _body(response, max_bytes)
    return Answer(status, _decoded(body, response.getheader("Content-Encoding"), max_bytes))


def _body(response: http.client.HTTPResponse, max_bytes: int) -> bytes:
    announced = response.length
    if announced is not None and announced > max_bytes:
        raise RefusedError(
            "body_too_large", f"{announced} bytes announced, at most {max_bytes}", 200
        )
    chunks, size = [], 0
    while chunk := response.read1(_CHUNK):
        chunks.append(chunk)
        size += len(chunk)
        if size > max_bytes:
            raise RefusedError("body_too_large", f"more than {max_bytes} bytes", 200)
    if announced is not None and size < announced:
        raise RefusedError("incomplete", f"{size} of {announced} bytes came", 200)
    return b"".join(chunks)


def _decoded(body: bytes, encoding: str | None, max_bytes: int) -> bytes:
    """Undo a content encoding that was sent though none was asked for."""
    name = (encoding or "identity").strip().lower()
    if name in ("identity", ""):
        return body
    if name not in _WINDOW_BITS:
        raise RefusedError("http_error", f"content encoding {name[:40]} was not asked for", 200)
    inflater = zlib.decompressobj(_WINDOW_BITS[name])
    try:
        plain = inflater.decompress(body, max_bytes + 1)
    except zlib.error as error:
        raise RefusedError("http_error", f"broken {name} body", 200) from error
    if len(plain) > max_bytes:
        raise RefusedError("body_too_large", f"more than {max_bytes} bytes when inflated", 200)
    if not inflater.eof:
        raise RefusedError("incomplete", f"the {name} body ends early", 200)
    return plain

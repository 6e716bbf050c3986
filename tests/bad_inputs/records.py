"""Records of web archives: no page, a body that does not decode, an address that leads astray."""

import gzip
import zlib

from tests.bad_inputs import KEPT
from tests.made_archives import response


def record(name: str, body: bytes = b"", http: str = "", **more: str) -> bytes:
    """Return an answer with a page."""
    text = body or f"<p>The tide reached {name} early.</p><img src=/{name}.jpg>".encode()
    return response(f"https://w.example/{name}", text, http=http, **more)


def coded(name: str, coding: str, body: bytes) -> bytes:
    """Return an answer whose body says that it is coded."""
    return record(name, body, f"Content-Encoding: {coding}\r\n")


def _packed_twice() -> bytes:
    return gzip.compress(gzip.compress(b"<p>Twice packed.</p>", mtime=0), mtime=0)


# Name, the record, the outcome of the document.
RECORDS: dict[str, tuple[bytes, str]] = {
    "empty": (response("https://w.example/a", b""), "empty_file"),
    "a picture": (record("b", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40), "not_a_document"),
    "Chinese as UTF-8": (record("c", ("你好世界" * 40).encode("gbk")), "encoding"),
    "gzip cut": (coded("d", "gzip", gzip.compress(b"<p>A bell rang.</p>" * 99)[:-20]), "truncated"),
    "gzip of nothing like it": (coded("e", "gzip", b"\x1f\x8b" + bytes(40)), "damaged"),
    "gzip bomb": (coded("f", "gzip", gzip.compress(bytes(150_000_000))), "document_too_large"),
    "gzip": (coded("g", "gzip", gzip.compress(b"<p>A packed bell rang.</p>")), KEPT),
    "deflate": (coded("h", "deflate", zlib.compress(b"<p>A flat bell rang.</p>")), KEPT),
    "said to be packed": (coded("i", "gzip", b"<p>It was not packed.</p>"), KEPT),
    "a coding of its own": (coded("j", "x-own", b"\x00\x01" * 300), "encoding"),
    "deep": (record("k", b"<div>x" * 100_000), "document_too_deep"),
    "cut by the crawler": (record("l", warc="WARC-Truncated: length\r\n"), "truncated"),
    "a file": (response("file:///etc/passwd", b"<p>x</p>"), "bad_url"),
    "a script": (response("javascript:alert(1)", b"<p>x</p>"), "bad_url"),
    "a header of nonsense": (record("m", http="X-\xff: \x01\x02\r\n"), KEPT),
}

"""The body of an HTTP message as it was sent -> its content: chunks joined, codings undone, bounded."""

import io
import re
import zlib
from collections.abc import Callable
from typing import BinaryIO, cast

from fastwarc.stream_io import BrotliReader, ChunkedReader, ZstdReader

_CHUNK_SIZE_LINE = re.compile(rb"[0-9A-Fa-f]{1,8}[ \t]*(?:;[^\r\n]*)?\r?\n")
_PIECE_BYTES = 2**16
_MOST_CODINGS = 5  # servers apply one, seldom two; each costs a copy of the body
_PAGE = re.compile(rb"\s*+<")
_GZIP_OR_ZLIB, _RAW_DEFLATE = 47, -15  # window bits that zlib takes for them


class BodyError(ValueError):
    """A body that cannot be decoded: its reason and a detail."""


def content_of(body: bytes, transfer: str, codings: str, max_bytes: int) -> bytes:
    """Return the content of a body.

    Args:
        body: its bytes.
        transfer: the header Transfer-Encoding, or ``""``. ``chunked`` is undone where the body
            begins like a chunk; crawlers often keep the header of a body they have joined.
        codings: the header Content-Encoding, or ``""``: gzip, deflate, br, zstd, identity, applied
            in this order. A body without the mark of its coding is taken as decoded already.
        max_bytes: of the content, and of what lies between two codings; nothing beyond is held.

    Raises:
        BodyError: ``document_too_large``; ``damaged`` where it breaks off or is malformed;
            ``encoding`` for another coding, or more than five.
    """
    if "chunked" in transfer.lower() and _CHUNK_SIZE_LINE.match(body):
        body = _drained(ChunkedReader, "chunked", body, max_bytes)
    named = [name.strip().lower() for name in codings.split(",", _MOST_CODINGS)]
    if len(named) > _MOST_CODINGS:
        raise BodyError("encoding", f"more than {_MOST_CODINGS} codings in Content-Encoding")
    for coding in reversed(named):
        if coding in ("", "identity", "none", "utf-8"):
            continue
        if coding not in _DECODERS:
            raise BodyError("encoding", f"Content-Encoding {coding[:40]!r}")
        body = _DECODERS[coding](body, max_bytes)
    return body


def _gunzipped(body: bytes, max_bytes: int) -> bytes:
    if not body.startswith(b"\x1f\x8b"):
        return body
    return _inflated(body, _GZIP_OR_ZLIB, max_bytes)


def _undeflated(body: bytes, max_bytes: int) -> bytes:
    """``deflate`` means zlib, but some servers send the bare stream; a page begins like neither."""
    if _PAGE.match(body):
        return body
    is_zlib = body[:1] == b"\x78" and int.from_bytes(body[:2], "big") % 31 == 0
    return _inflated(body, _GZIP_OR_ZLIB if is_zlib else _RAW_DEFLATE, max_bytes)


def _inflated(body: bytes, window_bits: int, max_bytes: int) -> bytes:
    inflater = zlib.decompressobj(window_bits)
    try:
        content = inflater.decompress(body, max_bytes + 1)
    except zlib.error as error:
        raise BodyError("damaged", str(error)[:200]) from error
    if len(content) > max_bytes:
        raise BodyError("document_too_large", f"more than {max_bytes} bytes when decompressed")
    if not inflater.eof:
        raise BodyError("truncated", "the compressed body breaks off")
    return content


def _unbrotlied(body: bytes, max_bytes: int) -> bytes:
    """Brotli has no mark of its own; a page that begins with ``<`` is no brotli stream of text."""
    if _PAGE.match(body):
        return body
    return _drained(BrotliReader, "br", body, max_bytes)


def _unzstandard(body: bytes, max_bytes: int) -> bytes:
    if not body.startswith(b"\x28\xb5\x2f\xfd"):
        return body
    return _drained(ZstdReader, "zstd", body, max_bytes)


def _drained(reader: Callable[..., object], name: str, body: bytes, max_bytes: int) -> bytes:
    """Read a decoding stream to its end, piece by piece."""
    stream, content = cast(BinaryIO, reader(io.BytesIO(body))), bytearray()
    try:
        while piece := stream.read(_PIECE_BYTES):
            content += piece
            if len(content) > max_bytes:
                raise BodyError(
                    "document_too_large", f"more than {max_bytes} bytes when decompressed"
                )
    except OSError as error:
        raise BodyError("damaged", f"{name}: {str(error)[:200]}") from error
    return bytes(content)


_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gunzipped, "x-gzip": _gunzipped, "deflate": _undeflated, "br": _unbrotlied,
    "zstd": _unzstandard,
}  # fmt: skip

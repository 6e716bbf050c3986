"""The format of an image, told from its first bytes and never from its name.

Only formats of ``DECODED`` ever reach a decoder. The others are recognised so that the reason
can say "a picture, but refused" apart from "no picture"; nothing parses them.
"""

import re
import zlib

DECODED = ("jpeg", "png", "webp", "gif", "bmp", "avif")

_ALLOWED_STARTS = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
)
_REFUSED_STARTS = (
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),
    (b"MM\0+", "tiff"),
    (b"8BPS", "psd"),
    (b"%!PS", "eps"),
    (b"\xc5\xd0\xd3\xc6", "eps"),
    (b"\0\0\x01\0", "ico"),
    (b"\0\0\x02\0", "cur"),
    (b"SIMPLE  =", "fits"),
    (b"\0\0\0\x0cjP  ", "jpeg2000"),
    (b"\xff\x4f\xff\x51", "jpeg2000"),
    (b"\0\0\0\x0cJXL ", "jpegxl"),
    (b"\xff\x0a", "jpegxl"),
    (b"DDS ", "dds"),
    (b"BLP1", "blp"),
    (b"BLP2", "blp"),
    (b"qoif", "qoi"),
    (b"icns", "icns"),
    (b"\x01\xda", "sgi"),
    (b"\x76\x2f\x31\x01", "exr"),
    (b"#?RADIANCE", "hdr"),
    (b"\xd7\xcd\xc6\x9a", "wmf"),
)
_BMP_HEADER_SIZES = frozenset({12, 40, 52, 56, 64, 108, 124})
_AVIF_BRANDS = (b"avif", b"avis")
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")
_NETPBM = re.compile(rb"P[1-7fF][\s#]")
# What may stand before the root element: declarations, comments and a document type with its own
# declarations. Each is taken once and for all: tried again in other ways, many in a row would take for ever.
_SVG_ROOT = re.compile(
    rb"(?:\xef\xbb\xbf)?"
    rb"(?>\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE\s+svg[^>\[]*+(?:\[[^\]]*\]\s*)?>)*+"
    rb"<(?:\w{1,20}:)?svg[\s>]",
    re.DOTALL,
)
_PEEK_BYTES = 1024


def image_format(data: bytes) -> tuple[str | None, str | None]:
    """Tell the format of a file from its magic bytes.

    Args:
        data: the file, or at least its first 1,024 bytes.

    Returns:
        (format, reason). The reason is None for a format of ``DECODED``, ``format_refused`` for
        a known picture format outside it, ``not_an_image`` (format None) for anything else:
        empty files, HTML, PDF, archives.
    """
    head = bytes(data[:_PEEK_BYTES])
    allowed = _allowed_format(head)
    if allowed:
        return allowed, None
    refused = _refused_format(head) or _refused_format(_inflated(head))
    return (refused, "format_refused") if refused else (None, "not_an_image")


def _allowed_format(head: bytes) -> str | None:
    for start, name in _ALLOWED_STARTS:
        if head.startswith(start):
            return name
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    # "BM" alone begins many a text; the size of the second header settles it.
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BMP_HEADER_SIZES:
        return "bmp"
    return "avif" if _brands(head) & set(_AVIF_BRANDS) else None


def _refused_format(head: bytes) -> str | None:
    for start, name in _REFUSED_STARTS:
        if head.startswith(start):
            return name
    if _brands(head) & set(_HEIF_BRANDS):
        return "heif"
    if _NETPBM.match(head):
        return "netpbm"
    return "svg" if _SVG_ROOT.match(head) else None


def _brands(head: bytes) -> set[bytes]:
    """Return major and compatible brands of an ISO base media file; empty for other files."""
    if head[4:8] != b"ftyp":
        return set()
    box = head[: min(int.from_bytes(head[:4], "big"), 64)]
    return {box[8:12]} | {box[at : at + 4] for at in range(16, len(box), 4)}


def _inflated(head: bytes) -> bytes:
    """Return the first bytes inside a gzip file (SVGZ, FITS), empty for other files."""
    if head[:2] != b"\x1f\x8b":
        return b""
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(head, _PEEK_BYTES)
    except zlib.error:
        return b""

"""JPEG files cut down to their picture, without decoding: the coded pixels stay as they are.

What goes: EXIF, XMP, colour profiles, comments, thumbnails, and whatever stands behind the picture.
"""

import re
import struct
from dataclasses import dataclass

_START, _END, _SCAN = b"\xff\xd8", b"\xff\xd9", 0xDA
_APP0, _APP1, _APP14, _COMMENT = 0xE0, 0xE1, 0xEE, 0xFE
_FRAMES = {0xC0, 0xC1, 0xC2}  # baseline, extended, progressive: what browsers show
_TABLES = {0xC4, 0xDB, 0xDD}  # Huffman, quantisation, restart interval
# Inside coded pixels FF is followed by 00 or a restart marker; anything else ends them.
_AFTER_PIXELS = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]", re.DOTALL)
_PICTURE = _FRAMES | _TABLES | {_SCAN}
# JFIF's density (without a thumbnail) and Adobe's flag tell a reader what the colours mean.
_NEEDED = {(_APP0, 16), (_APP14, 14)}  # with their lengths
_MOST_SEGMENTS = 1000
_LENGTH = struct.Struct(">H")
_SIZE = struct.Struct(">HHB")  # height, width, components; after the precision


@dataclass(frozen=True)
class PlainJpeg:
    """The bytes that are picture, and the size (px) that their frame states."""

    data: bytes
    width_px: int
    height_px: int


def plain_jpeg(data: bytes | memoryview, max_pixels: int) -> PlainJpeg | None:
    """Return a JPEG without everything that is not picture.

    Only markers are read: no decoder sees the file, so it costs a search through the bytes.

    Args:
        data: the file as it came.
        max_pixels: a larger picture is left to the decoder, which refuses it.

    Returns:
        The picture; None where the file is no JPEG that a browser shows as it is stored: turned
        by an orientation (or may be: it has EXIF), of four colours, cut off, or of a kind or
        order of segments that needs a decoder to judge.
    """
    if data[:2] != _START:
        return None
    kept: list[bytes | memoryview] = [_START]
    at, size, has_pixels = 2, None, False
    for _ in range(_MOST_SEGMENTS):
        head = data[at : at + 4]
        if head[:2] == _END:
            return PlainJpeg(b"".join([*kept, _END]), *size) if size and has_pixels else None
        if len(head) < 4 or head[0] != 0xFF:
            return None
        kind, end = head[1], at + 2 + _LENGTH.unpack_from(head, 2)[0]
        if kind in _FRAMES:
            size = _sized(data, at, max_pixels) if size is None else None
            if size is None:
                return None
        if kind == _SCAN:
            found = _AFTER_PIXELS.search(data, end)
            if size is None or found is None:
                return None
            end, has_pixels = found.start(), True
        if kind in _PICTURE or (kind, end - at - 2) in _NEEDED:
            kept.append(data[at:end])
        elif not _may_go(kind, data, at):
            return None
        at = end
    return None


def _sized(data: bytes | memoryview, at: int, max_pixels: int) -> tuple[int, int] | None:
    if len(data) < at + 5 + _SIZE.size:
        return None
    height, width, components = _SIZE.unpack_from(data, at + 5)
    if not 1 <= width * height <= max_pixels or components not in (1, 3):
        return None
    return width, height


def _may_go(kind: int, data: bytes | memoryview, at: int) -> bool:
    """A comment or an application's segment goes; EXIF may hold an orientation, so it does not."""
    is_exif = kind == _APP1 and data[at + 4 : at + 10] == b"Exif\0\0"
    return (_APP0 <= kind <= 0xEF or kind == _COMMENT) and not is_exif

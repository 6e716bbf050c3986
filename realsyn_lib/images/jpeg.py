"""JPEG pixels by libjpeg-turbo, with its warnings told apart."""

import numpy as np
import simplejpeg

from realsyn_lib.images.faults import ImageError
from realsyn_lib.images.shrink import Scaled

_COLORSPACES = {"RGB": "RGB", "L": "GRAY"}
_START_OF_SCAN = b"\xff\xda"
_MOST_SEGMENTS = 64
# Stray bytes before the end marker: all pixels were there, every viewer shows the picture.
_HARMLESS = "extraneous bytes before marker 0xd9"


def may_have_exif(data: bytes) -> bool:
    """Say whether an EXIF block may stand before the pixels; False is certain."""
    at = 2
    for _ in range(_MOST_SEGMENTS):
        marker = data[at : at + 2]
        if marker == _START_OF_SCAN:
            return False
        if marker[:1] != b"\xff" or data[at + 4 : at + 10] == b"Exif\0\0":
            return True
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return True  # a reader that follows anything must look


def jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Return width and height (px) from the header of a JPEG; None where it cannot be read."""
    try:
        height, width, _, _ = simplejpeg.decode_jpeg_header(data, strict=False)
    except (KeyError, ValueError):
        return None
    return width, height


def jpeg_pixels(data: bytes, mode: str, min_side: int) -> Scaled | None:
    """Decode a JPEG, scaled down by the decoder where that leaves enough pixels.

    Args:
        data: the whole file.
        mode: ``RGB``, or ``L`` for the luma alone.
        min_side: no side may become shorter than this many pixels; 0 asks for full size.

    Returns:
        (h, w, 3) or (h, w) uint8, not yet oriented, and the extent of the picture in them; None
        for CMYK, which Pillow reads.

    Raises:
        ImageError: ``truncated`` or ``decode_error``.
    """
    try:
        height, width, colors, _ = simplejpeg.decode_jpeg_header(data, strict=False)
        if colors in ("CMYK", "YCCK"):
            return None
        pixels = _decode(data, mode, min_side)
        eighths = _eighths((height, width), pixels.shape[:2])
        return Scaled(pixels, width * eighths / 8, height * eighths / 8)
    except KeyError as error:  # so simplejpeg meets colours it has no name for
        raise ImageError("decode_error", f"unknown JPEG colour space {error}") from error
    except ValueError as error:
        text = str(error)
        reason = "truncated" if "premature end" in text.lower() else "decode_error"
        raise ImageError(reason, text) from error


def _decode(data: bytes, mode: str, min_side: int, strict: bool = True) -> np.ndarray:
    try:
        pixels: np.ndarray = simplejpeg.decode_jpeg(
            data, _COLORSPACES[mode], min_height=min_side, min_width=min_side, strict=strict
        )
    except ValueError as error:
        if not strict or _HARMLESS not in str(error):
            raise
        return _decode(data, mode, min_side, strict=False)
    return pixels[:, :, 0] if mode == "L" else pixels


def _eighths(size: tuple[int, int], decoded: tuple[int, ...]) -> int:
    """Return by how many eighths the decoder scaled: it rounds each side up."""
    high, wide = size
    return next(n for n in range(8, 0, -1) if (-(-high * n // 8), -(-wide * n // 8)) == decoded)

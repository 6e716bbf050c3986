"""JPEG pixels by libjpeg-turbo, with its warnings told apart."""

import numpy as np
import simplejpeg

from realsyn_lib.images.faults import ImageError

_COLORSPACES = {"RGB": "RGB", "L": "GRAY"}
# Stray bytes before the end marker: all pixels were there, every viewer shows the picture.
_HARMLESS = "extraneous bytes before marker 0xd9"


def jpeg_pixels(data: bytes, mode: str, min_side: int) -> np.ndarray | None:
    """Decode a JPEG, scaled down by the decoder where that leaves enough pixels.

    Args:
        data: the whole file.
        mode: ``RGB``, or ``L`` for the luma alone.
        min_side: no side may become shorter than this many pixels; 0 asks for full size.

    Returns:
        (h, w, 3) or (h, w) uint8, not yet oriented; None for CMYK, which Pillow reads.

    Raises:
        ImageError: ``truncated`` or ``decode_error``.
    """
    try:
        if simplejpeg.decode_jpeg_header(data, strict=False)[2] in ("CMYK", "YCCK"):
            return None
        return _decode(data, mode, min_side, strict=True)
    except KeyError as error:  # so simplejpeg meets colours it has no name for
        raise ImageError("decode_error", f"unknown JPEG colour space {error}") from error
    except ValueError as error:
        text = str(error)
        if _HARMLESS in text:
            return _decode(data, mode, min_side, strict=False)
        reason = "truncated" if "premature end" in text.lower() else "decode_error"
        raise ImageError(reason, text) from error


def _decode(data: bytes, mode: str, min_side: int, strict: bool) -> np.ndarray:
    pixels: np.ndarray = simplejpeg.decode_jpeg(
        data, _COLORSPACES[mode], min_height=min_side, min_width=min_side, strict=strict
    )
    return pixels[:, :, 0] if mode == "L" else pixels

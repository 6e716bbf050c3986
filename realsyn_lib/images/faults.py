"""What can go wrong with one image, as a reason and never as an error of the job."""

import struct
import zlib

from PIL import Image, UnidentifiedImageError

MAX_DETAIL = 500

# All that Pillow's readers have been seen to raise on damaged or hostile files.
PILLOW_FAULTS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)
_TRUNCATED_SIGNS = ("truncated", "premature end", "unexpected end", "eof")


class ImageError(Exception):
    """One image that is refused; ``reason`` is a word of ``realsyn_lib.reasons``."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = printable(detail)


def fault_of(error: BaseException) -> ImageError:
    """Turn what a decoder raised into ``truncated``, ``too_many_pixels`` or ``decode_error``."""
    if isinstance(error, (Image.DecompressionBombError, Image.DecompressionBombWarning)):
        return ImageError("too_many_pixels", str(error))
    if isinstance(error, UnidentifiedImageError):
        # Its text holds a memory address, and a detail must be the same in every run.
        return ImageError("decode_error", "the header is broken")
    text = f"{type(error).__name__}: {error}"
    ends_early = isinstance(error, EOFError) or any(s in text.lower() for s in _TRUNCATED_SIGNS)
    return ImageError("truncated" if ends_early else "decode_error", text)


def printable(text: str) -> str:
    """Return ``text`` without control characters, cut to what a detail column may hold."""
    return "".join(c if c.isprintable() else " " for c in text[:MAX_DETAIL])

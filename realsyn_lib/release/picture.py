"""The picture of a training sample: decoded, scaled down if larger, written anew as JPEG.

The original bytes never travel: what hides behind or beside the pixels (scripts, archives, EXIF
positions, colour profiles) ends here.
"""

import io
from dataclasses import dataclass

from PIL import Image

from realsyn_lib.images.decode import decode
from realsyn_lib.images.header import read_header


@dataclass(frozen=True)
class PictureRules:
    """``max_side_px``: the longer side is scaled to it, never enlarged. ``jpeg_quality``: 1..95."""

    max_side_px: int = 512
    jpeg_quality: int = 95
    max_pixels: int = 64_000_000


@dataclass(frozen=True)
class Picture:
    """JPEG bytes and their size, or the reason why there are none (then ``data`` is None)."""

    data: bytes | None
    width_px: int = 0
    height_px: int = 0
    reason: str | None = None


def training_picture(data: bytes, rules: PictureRules) -> Picture:
    """Return the image of a file as a JPEG that holds pixels and nothing else.

    Args:
        data: the file as it came, of any accepted format.
        rules: largest side and quality.

    Returns:
        A baseline JPEG, or a reason of ``realsyn_lib.reasons`` where the file cannot be decoded.
    """
    decoded = decode(data, read_header(data, rules.max_pixels))
    if decoded.pixels is None:
        return Picture(None, reason=decoded.reason)
    image = Image.fromarray(decoded.pixels)
    size = _size_within(image.size, rules.max_side_px)
    if size != image.size:
        image = image.resize(size, Image.Resampling.LANCZOS)
    written = io.BytesIO()
    image.save(written, format="JPEG", quality=rules.jpeg_quality)
    return Picture(written.getvalue(), *size)


def _size_within(size: tuple[int, int], max_side_px: int) -> tuple[int, int]:
    """Scale both sides so that the longer one is at most ``max_side_px``; halves go up."""
    longest = max(size)
    if longest <= max_side_px:
        return size
    width, height = (max(1, (2 * side * max_side_px + longest) // (2 * longest)) for side in size)
    return width, height

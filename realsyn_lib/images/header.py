"""Format, size and orientation of an image without decoding its pixels."""

import io
import warnings
from dataclasses import dataclass

from PIL import Image

from realsyn_lib.images.container import check_complete, webp_size
from realsyn_lib.images.faults import PILLOW_FAULTS, ImageError, fault_of
from realsyn_lib.images.formats import image_format
from realsyn_lib.images.jpeg import jpeg_size, may_have_exif

_ORIENTATION = 0x0112
SIDEWAYS = (5, 6, 7, 8)  # these turn width into height


@dataclass(frozen=True)
class Header:
    """What the header says; ``reason`` is None when the pixels may be decoded.

    Width and height are those after EXIF orientation; None where they could not be read.
    """

    format: str | None = None
    width_px: int | None = None
    height_px: int | None = None
    orientation: int = 1
    reason: str | None = None
    detail: str | None = None


def read_header(data: bytes, max_pixels: int) -> Header:
    """Read format, size and orientation from the header.

    Args:
        data: the whole file as it came.
        max_pixels: more pixels than this are refused; equal is accepted.

    Returns:
        A header, whose reason is ``not_an_image``, ``format_refused``, ``too_many_pixels``,
        ``truncated`` or ``decode_error`` where the image is refused.

    The orientation is that of the EXIF block before the pixels; XMP and blocks behind the
    pixels are ignored, as browsers do. A broken EXIF block counts as orientation 1.
    """
    name, reason = image_format(data)
    if name is None or reason is not None:
        return Header(format=name, reason=reason, detail=_seen(data, name))
    try:
        return _sized(data, name, max_pixels)
    except ImageError as fault:
        return Header(format=name, reason=fault.reason, detail=fault.detail)


def open_lazily(data: bytes, name: str) -> Image.Image:
    """Open the file as the one format it was told to be; reads no pixels.

    Raises:
        ImageError: the header is broken.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd metadata; sizes are checked by read_header
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return Image.open(io.BytesIO(data), formats=[name.upper()])
    except PILLOW_FAULTS as error:
        raise fault_of(error) from error


def _sized(data: bytes, name: str, max_pixels: int) -> Header:
    check_complete(data, name)
    if name == "webp":
        _check_pixels(*webp_size(data), max_pixels)
    if name == "jpeg" and not may_have_exif(data):
        size = jpeg_size(data)
        if size is not None:  # else Pillow says what is wrong
            _check_pixels(*size, max_pixels)
            return Header(name, *size)
    image = open_lazily(data, name)
    width, height = image.size
    _check_pixels(width, height, max_pixels)
    orientation = _orientation(image)
    if orientation in SIDEWAYS:
        width, height = height, width
    return Header(name, width, height, orientation)


def _check_pixels(width: int, height: int, max_pixels: int) -> None:
    if width * height > max_pixels:
        raise ImageError("too_many_pixels", f"{width} x {height}, at most {max_pixels} pixels")
    if width < 1 or height < 1:
        raise ImageError("decode_error", f"size {width} x {height}")


def _orientation(image: Image.Image) -> int:
    block = image.info.get("exif")
    if not block:
        return 1
    exif = Image.Exif()
    try:
        exif.load(block)
        value = exif.get(_ORIENTATION, 1)
    except PILLOW_FAULTS:
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _seen(data: bytes, name: str | None) -> str:
    return name or f"{len(data)} bytes beginning {bytes(data[:12]).hex(' ') or 'with nothing'}"

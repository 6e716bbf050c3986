"""The one decode of this project: every pixel that is hashed or shown to a model comes from here.

What a file means, fixed once:

- orientation: EXIF is applied (see ``header``); the result is upright.
- 16-bit grey: scaled to 8 bits, round(v / 257), never clipped. 16-bit colour: the high byte.
- transparency (alpha, grey with alpha, tRNS): laid over white.
- palettes and bilevel: expanded to RGB. CMYK: R = (255 - C)(255 - K) / 255, likewise G and B,
  after Adobe's inversion where the file has its marker.
- animation: the first frame. Colour profiles and gamma: ignored.
- a file that ends early is ``truncated``; no picture is ever completed with grey.

JPEG goes through libjpeg-turbo (simplejpeg) with the accurate DCT, CMYK and all other formats
through Pillow; a test holds the two equal. A reduced decode of a JPEG uses the decoder's own
scaling to a size not below the wanted one, then the same filter as all other formats, over the part
of the last column and row that is picture.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from realsyn_lib.images.color import to_mode
from realsyn_lib.images.faults import PILLOW_FAULTS, ImageError, fault_of
from realsyn_lib.images.header import SIDEWAYS, Header, open_lazily
from realsyn_lib.images.jpeg import jpeg_pixels
from realsyn_lib.images.model_input import ModelInput
from realsyn_lib.images.shrink import HASH_SIDE, Scaled, shrink, shrink_all

# A hash needs 32 pixels a side. Of its bits 99.3 % agree with those of a full decode at 32, 99.5 %
# at 56 and at 64, 99.65 % at 128 (750 photographs). 56 lets the commonest size, 640 x 480, be decoded
# to an eighth, where each block of the file gives the one pixel that it begins with.
HASH_MIN_SIDE = 56
_MOST_SAMPLES = 2**16  # of a picture that is handed on to be scaled later

_TRANSPOSE = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class Decoded:
    """Pixels, or the reason why there are none (then ``pixels`` is None).

    ``extent`` says how many columns and rows are picture, where that is not all of them.
    """

    pixels: np.ndarray | None
    reason: str | None = None
    detail: str | None = None
    extent: tuple[float, float] | None = None


def decode(data: bytes, header: Header) -> Decoded:
    """Decode at full size: (height_px, width_px, 3) uint8 RGB of the header's size.

    ``header`` is that of ``read_header`` for the same bytes; its reason is passed on.
    """

    def finish(raster: Scaled) -> Decoded:
        return Decoded(np.array(_upright(Image.fromarray(raster.pixels), header.orientation)))

    return _decoded(data, header, "RGB", 0, finish)


def decode_for(data: bytes, header: Header, how: ModelInput) -> Decoded:
    """Decode for a model: (side, side, 3) uint8 RGB, upright; a small picture is enlarged."""
    if header.width_px is None or header.height_px is None:
        return Decoded(None, header.reason or "not_an_image", header.detail)
    upright = how.scaled_size(header.width_px, header.height_px)
    stored = upright[::-1] if header.orientation in SIDEWAYS else upright

    def finish(raster: Scaled) -> Decoded:
        image = Image.fromarray(raster.pixels)
        scaled = how.scaled(image, stored, (raster.width, raster.height))
        return Decoded(np.array(how.cut(_upright(scaled, header.orientation))))

    least = how.decoded_side(header.width_px, header.height_px)
    return _decoded(data, header, "RGB", least, finish)


def decode_within(data: bytes, header: Header, max_side: int) -> Decoded:
    """Decode to look at: (h, w, 3) uint8 RGB, upright and whole, no side longer than ``max_side`` px.

    A smaller picture comes at its own size.
    """

    def finish(raster: Scaled) -> Decoded:
        image = _upright(Image.fromarray(raster.pixels), header.orientation)
        image.thumbnail((max_side, max_side), Image.Resampling.LANCZOS)
        return Decoded(np.array(image))

    return _decoded(data, header, "RGB", max_side, finish)


def decode_grey(data: bytes, header: Header) -> Decoded:
    """Decode for the perceptual hash: (32, 32) uint8 grey (ITU-R 601 luma), Lanczos filter."""
    small = decode_small(data, header)
    if small.pixels is None or small.extent is None:
        return small
    return Decoded(hash_levels([Scaled(small.pixels, *small.extent)], [header.orientation])[0])


def decode_small(data: bytes, header: Header) -> Decoded:
    """Decode for the perceptual hash all but the last step, ``hash_levels``.

    Returns:
        (h, w) uint8 grey as stored in the file, at most ``_MOST_SAMPLES``, and its extent: a larger
        one comes as the 32 x 32 that it is scaled to.
    """
    return _decoded(data, header, "L", HASH_MIN_SIDE, _handed_on)


def hash_levels(pictures: Sequence[Scaled], orientations: Sequence[int]) -> np.ndarray:
    """Scale pictures of ``decode_small`` and turn them upright: (n, 32, 32) uint8.

    Apart from the decode, because a few small array operations between two decodes take three
    times what they take one after the other.
    """
    levels = shrink_all(pictures)
    for place, orientation in enumerate(orientations):
        if orientation in _TRANSPOSE:
            levels[place] = np.array(_upright(Image.fromarray(levels[place]), orientation))
    return levels


def _handed_on(raster: Scaled) -> Decoded:
    if raster.pixels.size > _MOST_SAMPLES:
        return Decoded(shrink(*raster), extent=(HASH_SIDE, HASH_SIDE))
    return Decoded(raster.pixels, extent=(raster.width, raster.height))


def _decoded(
    data: bytes,
    header: Header,
    mode: str,
    min_side: int,
    finish: Callable[[Scaled], Decoded],
) -> Decoded:
    if header.reason is not None or header.format is None:
        return Decoded(None, header.reason or "not_an_image", header.detail)
    try:
        return finish(_raster(data, header.format, mode, min_side))
    except ImageError as fault:
        return Decoded(None, fault.reason, fault.detail)
    except MemoryError as error:
        return Decoded(None, "decode_error", f"{type(error).__name__} {error}".strip())


def _raster(data: bytes, name: str, mode: str, min_side: int) -> Scaled:
    if name == "jpeg":
        scaled = jpeg_pixels(data, mode, min_side)
        if scaled is not None:
            return scaled
    image = open_lazily(data, name)
    try:
        image.load()
        return Scaled(np.asarray(to_mode(image, mode)), *image.size)
    except PILLOW_FAULTS as error:
        raise fault_of(error) from error


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    turn = _TRANSPOSE.get(orientation)
    return image if turn is None else image.transpose(turn)

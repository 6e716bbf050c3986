"""Every pixel layout a file may have, as 8-bit RGB or grey."""

import numpy as np
from PIL import Image

from realsyn_lib.images.faults import ImageError

_PLAIN_MODES = frozenset({"1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "YCbCr"})


def to_mode(image: Image.Image, mode: str) -> Image.Image:
    """Return a loaded image as ``RGB``, or as ``L`` (ITU-R 601 luma of that RGB).

    Raises:
        ImageError: ``decode_error`` for a layout that none of the decoded formats should have.
    """
    if image.mode.startswith("I;16"):
        return _from_16_bit_grey(image).convert(mode)
    if image.mode == "CMYK":
        return _from_cmyk(image).convert(mode)
    if image.mode not in _PLAIN_MODES:
        raise ImageError("decode_error", f"pixel layout {image.mode}")
    if image.has_transparency_data:
        return _over_white(image.convert("RGBA")).convert(mode)
    return image.convert(mode)


def _from_16_bit_grey(image: Image.Image) -> Image.Image:
    wide = np.asarray(image).astype(np.uint32)
    grey = ((wide + 128) // 257).astype(np.uint8)
    transparent = image.info.get("transparency")
    if isinstance(transparent, int):
        grey[wide == transparent] = 255
    return Image.fromarray(grey)


def _from_cmyk(image: Image.Image) -> Image.Image:
    ink = 255 - np.asarray(image).astype(np.uint16)
    return Image.fromarray(((ink[:, :, :3] * ink[:, :, 3:] + 127) // 255).astype(np.uint8))


def _over_white(image: Image.Image) -> Image.Image:
    white = Image.new("RGB", image.size, (255, 255, 255))
    white.paste(image.convert("RGB"), mask=image.getchannel("A"))
    return white

"""The picture of a training sample: decoded, brought to a size, written anew.

What hides behind or beside the pixels (scripts, archives, EXIF positions, colour profiles) does not
travel, not even where a JPEG keeps its coded pixels (``skip_reencode``).
"""

import io
from dataclasses import dataclass
from typing import Any

from PIL import Image

from realsyn_lib.images.decode import decode
from realsyn_lib.images.header import read_header
from realsyn_lib.images.plain_jpeg import plain_jpeg
from realsyn_lib.release.options import EncodeFormat, ResizeMode
from realsyn_lib.release.resize import is_resized, resized


@dataclass(frozen=True)
class PictureRules:
    """What becomes of a picture; names and meanings are img2dataset's.

    ``encode_quality``: of JPEG and WebP 1..100, of PNG how hard it is packed, 0..9.
    ``skip_reencode``: a JPEG that keeps its size keeps its coded pixels, where ``encode_format`` is jpg.
    ``max_pixels``: larger pictures are refused.
    """

    image_size: int = 512
    resize_mode: ResizeMode = "keep_ratio_largest"
    resize_only_if_bigger: bool = True
    encode_format: EncodeFormat = "jpg"
    encode_quality: int = 95
    skip_reencode: bool = False
    max_pixels: int = 64_000_000


@dataclass(frozen=True)
class Picture:
    """The bytes of a file and its size, or the reason why there are none (then ``data`` is None).

    ``original_width_px`` and ``original_height_px`` are those of the picture as it came, upright; 0
    where they are not known.
    """

    data: bytes | None
    width_px: int = 0
    height_px: int = 0
    original_width_px: int = 0
    original_height_px: int = 0
    reason: str | None = None


def kept_picture(data: bytes | memoryview, rules: PictureRules) -> Picture | None:
    """Return a picture whose coded pixels stay, without decoding; None where it is to be decoded."""
    if not rules.skip_reencode or rules.encode_format != "jpg":
        return None
    plain = plain_jpeg(data, rules.max_pixels)
    if plain is None:
        return None
    size = (plain.width_px, plain.height_px)
    if is_resized(size, rules.resize_mode, rules.image_size, rules.resize_only_if_bigger):
        return None
    return Picture(plain.data, *size, *size)


def training_picture(data: bytes, rules: PictureRules) -> Picture:
    """Return the image of a file as a file that holds its pixels and nothing else.

    Args:
        data: the file as it came, of any accepted format.
        rules: size, format and quality.

    Returns:
        A file of ``rules.encode_format``, the same for the same input, or a reason of
        ``realsyn_lib.reasons`` where the file cannot be decoded.
    """
    kept = kept_picture(data, rules)
    if kept is not None:
        return kept
    decoded = decode(data, read_header(data, rules.max_pixels))
    if decoded.pixels is None:
        return Picture(None, reason=decoded.reason)
    original = Image.fromarray(decoded.pixels)
    image = resized(original, rules.resize_mode, rules.image_size, rules.resize_only_if_bigger)
    written = io.BytesIO()
    image.save(written, **_encoding(rules))
    return Picture(written.getvalue(), *image.size, *original.size)


def _encoding(rules: PictureRules) -> dict[str, Any]:
    if rules.encode_format == "png":
        return {"format": "PNG", "compress_level": rules.encode_quality}
    kind = "JPEG" if rules.encode_format == "jpg" else "WEBP"
    return {"format": kind, "quality": rules.encode_quality}

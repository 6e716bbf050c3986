"""Decoded pixels as the square a model takes."""

import numpy as np
from PIL import Image

from realsyn_lib.errors import ShapeError


def square(pixels: np.ndarray, side: int, crop_share: float) -> np.ndarray:
    """Scale the shorter side to ``side / crop_share`` and cut the middle square out.

    Args:
        pixels: (h, w, 3) uint8.
        side: side of the result, px.
        crop_share: share of the shorter side that is kept, 0..1; EfficientNet-lite: 0.875.

    Returns:
        (side, side, 3) uint8, bicubic; small pictures are enlarged.

    Raises:
        ShapeError: not (h, w, 3) uint8.
    """
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
        raise ShapeError(f"square: got {pixels.dtype} {pixels.shape}, expected uint8 (h, w, 3)")
    height, width = pixels.shape[:2]
    wanted, short = round(side / crop_share), min(height, width)
    size = (max(side, round(width * wanted / short)), max(side, round(height * wanted / short)))
    image = Image.fromarray(pixels)
    if image.size != size:
        image = image.resize(size, Image.Resampling.BICUBIC)
    left, top = (size[0] - side) // 2, (size[1] - side) // 2
    return np.asarray(image.crop((left, top, left + side, top + side)))

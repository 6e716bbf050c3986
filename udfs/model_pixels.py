"""Files as the square pixels a model takes, decoded in the guarded child."""

from collections.abc import Sequence

import numpy as np

from realsyn_lib.images.model_input import square
from udfs.guarded_decode import ChildLimits, resident_decoder

CROP_SHARE = 0.875


def model_pixels(
    files: Sequence[bytes], side: int, max_pixels: int, limits: ChildLimits
) -> tuple[np.ndarray, list[str | None]]:
    """Decode files for a model.

    Returns:
        (n, side, side, 3) uint8, grey where a file could not be decoded, and the reason of each
        such file (null for the others).
    """
    arguments = {"min_side": round(side / CROP_SHARE), "max_pixels": max_pixels}
    replies = resident_decoder("pixels", arguments, limits).run(files)
    pixels = np.full((len(files), side, side, 3), 127, dtype=np.uint8)
    reasons: list[str | None] = [None] * len(files)
    for row, reply in enumerate(replies):
        if reply.pixels is None:
            reasons[row] = reply.values.get("reason") or "decode_error"
        else:
            pixels[row] = square(reply.pixels, side, CROP_SHARE)
    return pixels, reasons

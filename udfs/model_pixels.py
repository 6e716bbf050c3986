"""Files as the square pixels a model takes, decoded in the guarded child."""

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from realsyn_lib.images.model_input import ModelInput
from udfs.guarded_decode import ChildLimits, File, resident_decoder

CROP_SHARE = 0.875  # what torchvision's and timm's classifiers are given
_GREY = 127


def decoded_pixels(
    files: Sequence[File], how: ModelInput, max_pixels: int, limits: ChildLimits, lane: int = 0
) -> tuple[np.ndarray, list[str | None]]:
    """Decode files for a model.

    Args:
        files: each a whole file.
        how: what the model takes.
        max_pixels: a picture of more is refused.
        limits: bounds of the decoding child.
        lane: number of the child; two threads must not use one at once.

    Returns:
        (n, side, side, 3) uint8, grey where a file could not be decoded, and the reason of each
        such file (null for the others).
    """
    arguments = {"how": asdict(how), "max_pixels": max_pixels}
    replies = resident_decoder("pixels", arguments, limits, lane).run(files)
    pixels = np.full((len(files), how.side, how.side, 3), _GREY, dtype=np.uint8)
    reasons: list[str | None] = [None] * len(files)
    for row, reply in enumerate(replies):
        if reply.pixels is None:
            reasons[row] = reply.values.get("reason") or "decode_error"
        else:
            pixels[row] = reply.pixels
    return pixels, reasons


def model_pixels(
    files: Sequence[File], side: int, max_pixels: int, limits: ChildLimits
) -> tuple[np.ndarray, list[str | None]]:
    """Decode files for a classifier or captioner of that side, as ``decoded_pixels`` does."""
    return decoded_pixels(files, classifier_input(side), max_pixels, limits)


def classifier_input(side: int) -> ModelInput:
    """Return how a classifier of that side takes pictures."""
    return ModelInput(side, crop_share=CROP_SHARE, decode_margin=2)

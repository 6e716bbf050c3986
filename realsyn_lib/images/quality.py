"""Size and aspect-ratio rules."""

import numpy as np

from realsyn_lib.errors import ShapeError
from realsyn_lib.images.rules import ImageRules


def size_reasons(width_px: np.ndarray, height_px: np.ndarray, rules: ImageRules) -> np.ndarray:
    """Say for each image which size rule drops it.

    Args:
        width_px: (n,) integers above 0, width after orientation.
        height_px: (n,) integers above 0, height after orientation.
        rules: the limits; both borders are kept (100 px at 100, 3.0 at 3.0).

    Returns:
        (n,) object: ``too_small``, ``aspect_ratio`` or None for kept. An image that is both
        is ``too_small``.

    Raises:
        ShapeError: the lengths differ.

    Source: RealSyn, arXiv 2502.12513, data filter figure.
    """
    if width_px.shape != height_px.shape:
        raise ShapeError(
            f"size_reasons: {width_px.shape} widths and {height_px.shape} heights; "
            "pass one of each for every image"
        )
    short = np.minimum(width_px, height_px).astype(np.int64)
    long = np.maximum(width_px, height_px).astype(np.int64)
    reasons = np.full(short.shape, None, dtype=object)
    reasons[long > rules.max_aspect_ratio * short] = "aspect_ratio"
    reasons[short < rules.min_side_px] = "too_small"
    return reasons

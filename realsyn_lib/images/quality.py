"""Size and aspect-ratio rules."""

from realsyn_lib.images.rules import ImageRules


def size_reason(width_px: int, height_px: int, rules: ImageRules) -> str | None:
    """Say which size rule drops an image.

    Args:
        width_px: above 0, width after orientation.
        height_px: above 0, height after orientation.
        rules: the limits; both borders are kept (100 px at 100, 3.0 at 3.0).

    Returns:
        ``too_small``, ``aspect_ratio`` or None for kept. An image that is both is ``too_small``.

    Source: RealSyn, arXiv 2502.12513, data filter figure.
    """
    short, long = sorted((width_px, height_px))
    if short < rules.min_side_px:
        return "too_small"
    return "aspect_ratio" if long > rules.max_aspect_ratio * short else None

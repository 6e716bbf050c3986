"""What an image must be to be measured and kept."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ImageRules:
    """Limits of one image; the setting of the same name under ``images`` holds the value.

    min_side_px: a shorter side below it is dropped, equal is kept.
    max_aspect_ratio: long side over short side above it is dropped, equal is kept.
    max_pixels: more pixels than this are refused from the header, before any decoding.
    """

    min_side_px: int
    max_aspect_ratio: float
    max_pixels: int

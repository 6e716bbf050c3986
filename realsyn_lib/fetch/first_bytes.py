"""What the first bytes of a large body prove: that the rest is not worth reading."""

from realsyn_lib.fetch.rules import FetchRules
from realsyn_lib.images.container import webp_size
from realsyn_lib.images.formats import image_format
from realsyn_lib.images.jpeg import jpeg_size

FIRST_BYTES = 65536  # shorter bodies are read whole: there is nothing to be saved


def unwanted_reason(head: bytes, rules: FetchRules) -> tuple[str, str] | None:
    """Return reason and detail where the first bytes prove that the picture would be dropped.

    Args:
        head: the first ``FIRST_BYTES`` of a body that has more.
        rules: with the limits of size and ratio; where they are null all pictures pass.

    No decoder sees the bytes: sizes stand at fixed places, but for JPEG, whose header libjpeg reads.
    A size that does not stand in them passes. Turned pictures have the same sides and ratio.
    """
    name, reason = image_format(head)
    if reason is not None:
        return reason, f"{name or 'no picture'} by its first bytes"
    size = _size(head, name)
    if size is None or min(size) < 1:
        return None
    short, long = sorted(size)
    seen = f"{size[0]} x {size[1]} px in the header"
    if rules.min_side_px is not None and short < rules.min_side_px:
        return "too_small", seen
    if rules.max_aspect_ratio is not None and long > rules.max_aspect_ratio * short:
        return "aspect_ratio", seen
    return None


def _size(head: bytes, name: str | None) -> tuple[int, int] | None:
    if name == "jpeg":
        return jpeg_size(head)
    if name == "png":
        return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")
    if name == "gif":
        return int.from_bytes(head[6:8], "little"), int.from_bytes(head[8:10], "little")
    return webp_size(head) if name == "webp" else None

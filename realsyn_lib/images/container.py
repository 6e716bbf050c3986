"""What the outer boxes of WebP and AVIF files say, read without their decoders.

Their decoders reserve memory, or only say "cannot read", when they open a file; so length and
size are looked at first.
"""

from realsyn_lib.images.faults import ImageError

_WEBP_HEADER = 30


def check_complete(data: bytes, name: str) -> None:
    """Check that a file holds as many bytes as its container announces.

    Raises:
        ImageError: ``truncated``. Formats other than ``webp`` and ``avif`` pass unseen.
    """
    announced = {"webp": _riff_end, "avif": _boxes_end}.get(name, len)(data)
    if announced > len(data):
        raise ImageError("truncated", f"{announced} bytes announced, {len(data)} there")


def webp_size(data: bytes) -> tuple[int, int]:
    """Return width and height (px) from the first chunk of a complete WebP file (RFC 9649)."""
    kind = data[12:16]
    if kind == b"VP8X":
        return _little(data[24:27]) + 1, _little(data[27:30]) + 1
    if kind == b"VP8L":
        bits = _little(data[21:25])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return _little(data[26:28]) & 0x3FFF, _little(data[28:30]) & 0x3FFF


def _riff_end(data: bytes) -> int:
    return max(_WEBP_HEADER, _little(data[4:8]) + 8)


def _boxes_end(data: bytes) -> int:
    """End of the last top-level box; a box of size 0 reaches to the end of the file."""
    at = 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        if size < 8:
            return len(data)
        at += size
    return at


def _little(field: bytes) -> int:
    return int.from_bytes(field, "little")

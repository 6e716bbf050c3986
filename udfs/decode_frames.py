"""How the decoding child answers: one frame a file, numbers where all is well, text where not.

A frame is a fixed head, then text, then pixels, each as long as the head says. A picture without
a reason has no text: its values are the numbers of the head, which take a tenth of the time of JSON.
"""

import json
import struct
from typing import IO, Any

from realsyn_lib.images.formats import DECODED

# Lengths of text and pixels; format, width, height, orientation; of the pixels height, width, depth
# and extent (columns, rows).
_HEAD = struct.Struct("<IQBIIBIIBdd")
_NUMBERLESS = (0,) * 9
_NO_EXTENT = (0.0, 0.0)

Values = dict[str, Any]
Answer = tuple[Values, bytes]


def frame_of(values: Values, pixels: bytes) -> bytes:
    """Return what stands before the pixels: head and text.

    ``values`` are those of ``Header``, and where there are pixels ``shape``, (h, w) or (h, w, 3), and
    ``extent`` as ``Decoded`` has it.
    """
    if values["reason"] is not None:
        text = json.dumps(values).encode()
        return _HEAD.pack(len(text), len(pixels), *_NUMBERLESS) + text
    height, width, *depth = values["shape"]
    return _HEAD.pack(
        0, len(pixels), DECODED.index(values["format"]), values["width_px"], values["height_px"],
        values["orientation"], height, width, depth[0] if depth else 0,
        *(values["extent"] or _NO_EXTENT),
    )  # fmt: skip


def read_frame(pipe: IO[bytes]) -> Answer | None:
    """Read one answer; None where the child ended before it was whole."""
    head = pipe.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    text_length, pixels_length, *numbers = _HEAD.unpack(head)
    text, pixels = pipe.read(text_length), pipe.read(pixels_length)
    if len(text) < text_length or len(pixels) < pixels_length:
        return None
    return (json.loads(text) if text_length else _values(*numbers)), pixels


def _values(
    form: int, width_px: int, height_px: int, orientation: int,
    height: int, width: int, depth: int, columns: float, rows: float,
) -> Values:  # fmt: skip
    return {
        "format": DECODED[form],
        "width_px": width_px,
        "height_px": height_px,
        "orientation": orientation,
        "reason": None,
        "detail": None,
        "shape": (height, width, depth) if depth else (height, width),
        "extent": (columns, rows) if columns else None,
    }

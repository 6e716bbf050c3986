"""One picture out of a TIFF file that holds several, as a PNG file of the same pixels.

Read are baseline files of strips, uncompressed or deflated, as Pillow writes them; no TIFF decoder sees a
byte, and what a file may claim is bounded by the pixels and bytes that the caller allows.
"""

import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from realsyn_lib.images.color import to_mode
from realsyn_lib.images.faults import ImageError

ReadAt = Callable[[int, int], bytes]  # count, offset -> so many bytes, fewer at the end

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC = 256, 257, 258, 259, 262
_OFFSETS, _SAMPLES, _STRIP_ROWS, _COUNTS, _PLANES = 273, 277, 278, 279, 284
_PREDICTOR, _PALETTE, _EXTRA, _FORMAT = 317, 320, 338, 339
_TYPES = {1: "B", 3: "H", 4: "I"}  # of the values that are used: bytes, shorts, longs
_MOST_ENTRIES, _MOST_VALUE_BYTES = 512, 2**22
_ENTRY_BYTES = 12
_UNCOMPRESSED, _DEFLATED = (1,), (8, 32946)
_PNG_LEVEL = 1
# Photometric interpretation, bits of each sample -> Pillow's mode and how its raw bytes are read.
_MODES = {
    (0, (1,)): ("1", "1;I"), (1, (1,)): ("1", "1"),
    (0, (8,)): ("L", "L;I"), (1, (8,)): ("L", "L"), (1, (8, 8)): ("LA", "LA"),
    (2, (8, 8, 8)): ("RGB", "RGB"), (2, (8, 8, 8, 8)): ("RGBA", "RGBA"),
    (3, (8,)): ("P", "P"), (5, (8, 8, 8, 8)): ("CMYK", "CMYK"),
}  # fmt: skip


def frame_as_png(read_at: ReadAt, frame: int, max_bytes: int) -> bytes:
    """Return picture number ``frame``, from 0, of a TIFF file.

    Args:
        read_at: reads the file; it is asked for the directories up to the frame, then for its strips.
        frame: which picture.
        max_bytes: of its pixels as they are stored, and most pixels.

    Raises:
        ImageError: ``not_found`` (the file has fewer), ``not_an_image``, ``truncated``, ``decode_error``,
            ``format_refused`` (another compression or arrangement), ``body_too_large``.
    """
    return _as_png(_Frame(_tags(read_at, frame)), read_at, max_bytes)


def _tags(read_at: ReadAt, frame: int) -> dict[int, tuple[int, ...]]:
    """Return the values of one directory; the chain of them has as many steps as the frame's number."""
    head = read_at(8, 0)
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(head[:4])
    if order is None or len(head) < 8:
        raise ImageError("not_an_image", "no TIFF file")
    (at,) = struct.unpack(order + "I", head[4:])
    passed: set[int] = set()
    for number in range(frame + 1):
        if at == 0:
            raise ImageError("not_found", f"picture {frame} of a file of {number}")
        if at in passed:
            raise ImageError("decode_error", f"directory {number} is one of those before it")
        passed.add(at)
        count = _entry_count(read_at, order, at)
        entries_at, at = at + 2, _next_directory(read_at, order, at + 2 + _ENTRY_BYTES * count)
    data = _exactly(read_at, _ENTRY_BYTES * count, entries_at)
    return {
        tag: _values(read_at, order, kind, length, field)
        for tag, kind, length, field in struct.iter_unpack(order + "HHI4s", data)
        if kind in _TYPES
    }


def _entry_count(read_at: ReadAt, order: str, at: int) -> int:
    (count,) = struct.unpack(order + "H", _exactly(read_at, 2, at))
    if count > _MOST_ENTRIES:
        raise ImageError("decode_error", f"a directory of {count} entries")
    return int(count)


def _next_directory(read_at: ReadAt, order: str, at: int) -> int:
    (following,) = struct.unpack(order + "I", _exactly(read_at, 4, at))
    return int(following)


def _values(read_at: ReadAt, order: str, kind: int, count: int, field: bytes) -> tuple[int, ...]:
    code = _TYPES[kind]
    size = struct.calcsize(order + code) * count
    if size > _MOST_VALUE_BYTES:
        raise ImageError("decode_error", f"a value of {size} bytes")
    if size > len(field):
        field = _exactly(read_at, size, struct.unpack(order + "I", field)[0])
    return struct.unpack(f"{order}{count}{code}", field[:size])


def _exactly(read_at: ReadAt, count: int, at: int) -> bytes:
    data = read_at(count, at)
    if len(data) < count:
        raise ImageError("truncated", f"{count} bytes wanted at byte {at}, {len(data)} there")
    return data


@dataclass(frozen=True)
class _Frame:
    """The directory of a picture."""

    tags: dict[int, tuple[int, ...]]

    def one(self, tag: int, default: int = 0) -> int:
        """Return a single value."""
        values = self.tags.get(tag)
        return values[0] if values else default

    def mode(self) -> tuple[str, str]:
        """Return Pillow's mode and the arrangement of its bytes.

        Raises:
            ImageError: ``format_refused``.
        """
        bits = self.tags.get(_BITS, (1,))
        found = _MODES.get((self.one(_PHOTOMETRIC), bits))
        samples = self.one(_SAMPLES, 1)
        is_plain = self.one(_PLANES, 1) == 1 and self.one(_FORMAT, 1) == 1
        if found is None or samples != len(bits) or not is_plain or _OFFSETS not in self.tags:
            raise ImageError(
                "format_refused",
                f"TIFF of photometric {self.one(_PHOTOMETRIC)}, {bits[:8]} bits, planes "
                f"{self.one(_PLANES, 1)}",
            )
        return found


def _as_png(frame: _Frame, read_at: ReadAt, max_bytes: int) -> bytes:
    width, height = frame.one(_WIDTH), frame.one(_HEIGHT)
    mode, arrangement = frame.mode()
    line = -(-width * sum(frame.tags.get(_BITS, (1,))) // 8)
    if width < 1 or height < 1:
        raise ImageError("decode_error", f"{width} x {height} pixels")
    if max(line, width) * height > max_bytes:
        detail = f"{width} x {height} pixels of mode {mode}, at most {max_bytes} bytes"
        raise ImageError("body_too_large", detail)
    pixels = _pixels(frame, read_at, line, height)
    image = Image.frombytes(mode, (width, height), pixels, "raw", arrangement)
    if mode == "P":
        image.putpalette(_palette(frame))
    if mode == "CMYK":
        image = to_mode(image, "RGB")
    png = io.BytesIO()
    image.save(png, "PNG", compress_level=_PNG_LEVEL)
    return png.getvalue()


def _pixels(frame: _Frame, read_at: ReadAt, line: int, height: int) -> bytes:
    """Return the lines of all strips, one after the other."""
    rows = min(frame.one(_STRIP_ROWS, height) or height, height)
    places = list(zip(frame.tags[_OFFSETS], frame.tags.get(_COUNTS, ()), strict=False))
    if len(places) != -(-height // rows):
        raise ImageError("decode_error", f"{len(places)} strips for {height} lines of {rows} each")
    strips = []
    for number, (offset, count) in enumerate(places):
        wanted = line * min(rows, height - number * rows)
        strips.append(_strip(frame, read_at, offset, count, wanted))
    joined = b"".join(strips)
    return _undone(joined, frame, line, height)


def _strip(frame: _Frame, read_at: ReadAt, offset: int, count: int, wanted: int) -> bytes:
    compression = frame.one(_COMPRESSION, 1)
    if compression in _UNCOMPRESSED:
        return _exactly(read_at, wanted, offset)
    if compression not in _DEFLATED:
        raise ImageError("format_refused", f"TIFF of compression {compression}")
    data = _exactly(read_at, min(count, 2 * wanted + 1024), offset)
    try:
        found = zlib.decompressobj().decompress(data, wanted)
    except zlib.error as error:
        raise ImageError("decode_error", str(error)) from error
    if len(found) < wanted:
        raise ImageError("truncated", f"a strip of {len(found)} bytes, {wanted} wanted")
    return found


def _undone(data: bytes, frame: _Frame, line: int, height: int) -> bytes:
    """Undo the difference to the left neighbour, where samples are stored so (predictor 2)."""
    predictor, samples = frame.one(_PREDICTOR, 1), frame.one(_SAMPLES, 1)
    if predictor == 1:
        return data
    if predictor != 2 or frame.tags.get(_BITS, (1,))[0] != 8:
        raise ImageError("format_refused", f"TIFF of predictor {predictor}")
    levels = np.frombuffer(data, np.uint8).reshape(height, line // samples, samples)
    return np.cumsum(levels, axis=1, dtype=np.uint8).tobytes()


def _palette(frame: _Frame) -> bytes:
    """Return red, green and blue of each colour: TIFF has all reds first, of 16 bits each."""
    values = frame.tags.get(_PALETTE, ())
    if len(values) != 3 * 256:
        raise ImageError("decode_error", f"a palette of {len(values)} values")
    colours = np.array(values, np.uint16).reshape(3, 256).T >> 8
    return colours.astype(np.uint8).tobytes()

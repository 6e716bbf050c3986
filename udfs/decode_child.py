"""The child process that decodes: what a hostile picture can break is this and nothing else.

Started as ``python -m udfs.decode_child SETTINGS`` by ``udfs.guarded_decode``. The files of a batch lie
one behind the other in memory that both share and the child only reads; their lengths come on
standard input, and one frame for each file goes back in order, gathered to large writes. Before
each file the child notes its number in a second piece of shared memory: should it die, the parent
knows of which. It limits its own memory, and an alarm ends it when one file takes too long: a
spinning decoder cannot outlive its parent.
"""

import json
import mmap
import os
import signal
import struct
import sys
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from realsyn_lib.child_process import limit_memory
from realsyn_lib.failpoints import reach
from realsyn_lib.images.decode import Decoded, decode_for, decode_small, decode_within
from realsyn_lib.images.header import Header, read_header
from realsyn_lib.images.model_input import ModelInput
from realsyn_lib.images.quality import size_reason
from realsyn_lib.images.rules import ImageRules
from realsyn_lib.release.picture import PictureRules, training_picture
from udfs.decode_frames import Answer, frame_of

COUNT = struct.Struct("<I")
LENGTH = struct.Struct("<Q")
NUMBER = struct.Struct("<I")
READY = b"\x06"
_FORMATS = {"jpg": "jpeg", "png": "png", "webp": "webp"}
_ANSWERS_AT_ONCE = 2**16  # bytes: what a pipe holds


def measure_operation(
    min_side_px: int, max_aspect_ratio: float, max_pixels: int
) -> Callable[[bytes], Answer]:
    """Answer a file's header and, where the size rules keep it, grey pixels for the hash."""
    rules = ImageRules(min_side_px, max_aspect_ratio, max_pixels)

    def measure(data: bytes) -> Answer:
        header = read_header(data, rules.max_pixels)
        reason = header.reason or _size_reason(header, rules)
        if reason is not None:
            return vars(header) | {"reason": reason}, b""
        return _answer(header, decode_small(data, header))

    return measure


def pixels_operation(how: dict[str, Any], max_pixels: int) -> Callable[[bytes], Answer]:
    """Answer a file's RGB pixels as a model takes them; ``how`` holds the fields of ``ModelInput``."""
    model_input = ModelInput(**how)

    def pixels(data: bytes) -> Answer:
        header = read_header(data, max_pixels)
        return _answer(header, decode_for(data, header, model_input))

    return pixels


def thumbnail_operation(max_side: int, max_pixels: int) -> Callable[[bytes], Answer]:
    """Answer a file's RGB pixels within a square of ``max_side``."""

    def thumbnail(data: bytes) -> Answer:
        header = read_header(data, max_pixels)
        return _answer(header, decode_within(data, header, max_side))

    return thumbnail


def picture_operation(**rules: Any) -> Callable[[bytes], Answer]:
    """Answer a file's picture, encoded; the arguments are the fields of ``PictureRules``.

    Width and height are those of the picture as it came, the shape is that of the answer.
    """
    wanted = PictureRules(**rules)

    def picture(data: bytes) -> Answer:
        made = training_picture(data, wanted)
        if made.data is None:
            return {"reason": made.reason}, b""
        values = {
            "format": _FORMATS[wanted.encode_format],
            "width_px": made.original_width_px,
            "height_px": made.original_height_px,
            "orientation": 1,
            "reason": None,
            "shape": (made.height_px, made.width_px),
            "extent": None,
        }
        return values, made.data

    return picture


OPERATIONS: dict[str, Callable[..., Callable[[bytes], Answer]]] = {
    "measure": measure_operation,
    "pixels": pixels_operation,
    "thumbnail": thumbnail_operation,
    "picture": picture_operation,
}


def main() -> None:
    """Serve until the input ends."""
    settings = json.loads(sys.argv[1])
    work = OPERATIONS[settings["operation"]](**settings["arguments"])
    answers = _take_stdout()
    _limit(settings["max_memory_bytes"])
    answers.write(READY)
    answers.flush()
    number = mmap.mmap(settings["number_fd"], mmap.PAGESIZE)
    for batch in _requests(sys.stdin.buffer, settings["files_fd"]):
        for place, data in enumerate(batch):
            NUMBER.pack_into(number, 0, place)
            reach("decode_child.file")
            signal.setitimer(signal.ITIMER_REAL, settings["deadline_s"])
            values, payload = work(data)
            signal.setitimer(signal.ITIMER_REAL, 0)
            answers.write(frame_of(values, payload))
            answers.write(payload)
        answers.flush()


def _take_stdout() -> BinaryIO:
    """Keep the answer pipe to ourselves: what a C library prints must not land in it."""
    answers = os.fdopen(os.dup(1), "wb", _ANSWERS_AT_ONCE)
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    return answers


def _limit(max_memory_bytes: int) -> None:
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    limit_memory(max_memory_bytes)


def _requests(source: BinaryIO, files_fd: int) -> Iterator[Iterator[bytes]]:
    """Yield the files of each batch; the parent leaves them alone until all are answered."""
    shared = mmap.mmap(files_fd, 0, access=mmap.ACCESS_READ)
    while head := source.read(COUNT.size):
        (count,) = COUNT.unpack(head)
        lengths = [LENGTH.unpack(source.read(LENGTH.size))[0] for _ in range(count)]
        # Mapped anew only where the parent made it larger: each first touch of a page costs.
        if sum(lengths) > len(shared):
            shared.close()
            shared = mmap.mmap(files_fd, 0, access=mmap.ACCESS_READ)
        yield _cut(shared, lengths)


def _cut(shared: mmap.mmap, lengths: list[int]) -> Iterator[bytes]:
    start = 0
    for length in lengths:
        yield shared[start : start + length]
        start += length


def _answer(header: Header, decoded: Decoded) -> Answer:
    values = vars(header) | {"reason": decoded.reason, "detail": decoded.detail}
    if decoded.pixels is None:
        return values, b""
    shown = {"shape": decoded.pixels.shape, "extent": decoded.extent}
    return values | shown, decoded.pixels.tobytes()


def _size_reason(header: Header, rules: ImageRules) -> str | None:
    assert header.width_px is not None and header.height_px is not None  # there is no reason yet
    return size_reason(header.width_px, header.height_px, rules)


if __name__ == "__main__":
    main()

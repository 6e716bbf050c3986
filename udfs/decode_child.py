"""The child process that decodes: what a hostile picture can break is this and nothing else.

Started as ``python -m udfs.decode_child SETTINGS`` by ``udfs.guarded_decode``; reads batches of
files from standard input, answers one frame for each file in order. It limits its own memory,
and an alarm ends it when one file takes too long: a spinning decoder cannot outlive its parent.
"""

import json
import os
import resource
import signal
import struct
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, BinaryIO

import numpy as np

from realsyn_lib.images.decode import Decoded, decode_at, decode_grey
from realsyn_lib.images.header import Header, read_header
from realsyn_lib.images.quality import size_reasons
from realsyn_lib.images.rules import ImageRules

COUNT = struct.Struct("<I")
LENGTH = struct.Struct("<Q")
ANSWER = struct.Struct("<IQ")
READY = b"\x06"

Answer = tuple[dict[str, Any], bytes]


def measure_operation(
    min_side_px: int, max_aspect_ratio: float, max_pixels: int
) -> Callable[[bytes], Answer]:
    """Answer a file's header and, where the size rules keep it, its 32 x 32 grey levels."""
    rules = ImageRules(min_side_px, max_aspect_ratio, max_pixels)

    def measure(data: bytes) -> Answer:
        header = read_header(data, rules.max_pixels)
        if header.reason is None:
            header = replace(header, reason=_size_reason(header, rules))
        if header.reason is not None:
            return vars(header), b""
        grey = decode_grey(data, header)
        return _answer(header, grey)

    return measure


def pixels_operation(min_side: int, max_pixels: int) -> Callable[[bytes], Answer]:
    """Answer a file's RGB pixels at the size of ``decode_at``."""

    def pixels(data: bytes) -> Answer:
        header = read_header(data, max_pixels)
        return _answer(header, decode_at(data, header, min_side))

    return pixels


OPERATIONS: dict[str, Callable[..., Callable[[bytes], Answer]]] = {
    "measure": measure_operation,
    "pixels": pixels_operation,
}


def main() -> None:
    """Serve until the input ends."""
    settings = json.loads(sys.argv[1])
    work = OPERATIONS[settings["operation"]](**settings["arguments"])
    answers = _take_stdout()
    _limit(settings["max_memory_bytes"])
    answers.write(READY)
    answers.flush()
    for batch in _requests(sys.stdin.buffer):
        for data in batch:
            signal.setitimer(signal.ITIMER_REAL, settings["deadline_s"])
            values, payload = work(data)
            signal.setitimer(signal.ITIMER_REAL, 0)
            _send(answers, values, payload)


def _take_stdout() -> BinaryIO:
    """Keep the answer pipe to ourselves: what a C library prints must not land in it."""
    answers = os.fdopen(os.dup(1), "wb")
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    return answers


def _limit(max_memory_bytes: int) -> None:
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":  # elsewhere the address space cannot be limited reliably
        resource.setrlimit(resource.RLIMIT_AS, (max_memory_bytes, max_memory_bytes))


def _requests(source: BinaryIO) -> Iterator[list[bytes]]:
    while head := source.read(COUNT.size):
        (count,) = COUNT.unpack(head)
        lengths = [LENGTH.unpack(source.read(LENGTH.size))[0] for _ in range(count)]
        yield [source.read(length) for length in lengths]


def _send(answers: BinaryIO, values: dict[str, Any], payload: bytes) -> None:
    text = json.dumps(values).encode()
    answers.write(ANSWER.pack(len(text), len(payload)))
    answers.write(text)
    answers.write(payload)
    answers.flush()  # at once: the parent blames the first file that has no answer


def _answer(header: Header, decoded: Decoded) -> Answer:
    values = vars(header) | {"reason": decoded.reason, "detail": decoded.detail}
    if decoded.pixels is None:
        return values, b""
    return values | {"shape": decoded.pixels.shape}, decoded.pixels.tobytes()


def _size_reason(header: Header, rules: ImageRules) -> str | None:
    width, height = np.array([header.width_px]), np.array([header.height_px])
    reason: str | None = size_reasons(width, height, rules)[0]
    return reason


if __name__ == "__main__":
    main()

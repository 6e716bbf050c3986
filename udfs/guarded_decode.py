"""Run decoders in a child process, so that a crash, a spin or a memory bomb costs one row."""

import functools
import json
import mmap
import os
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any

import numpy as np

from realsyn_lib.child_process import child_environment
from realsyn_lib.errors import EnvironmentFault
from realsyn_lib.images.shrink import Scaled
from realsyn_lib.slices import slices_by_size
from udfs.decode_child import COUNT, LENGTH, NUMBER, READY
from udfs.decode_frames import read_frame

# A death may be the machine's fault; two on the same file are the file's.
_TRIES = 2
File = bytes | memoryview


@dataclass(frozen=True)
class ChildLimits:
    """Bounds of the decoding child.

    deadline_s: seconds for one file. max_memory_bytes: address space of the child.
    max_request_bytes: files are sent in slices of about this size (one file may be larger).
    """

    deadline_s: float
    max_memory_bytes: int
    max_request_bytes: int


@dataclass(frozen=True)
class Reply:
    """Answer for one file: the values of the child, and pixels where it decoded any."""

    values: dict[str, Any]
    payload: bytes

    @property
    def pixels(self) -> np.ndarray | None:
        """Uint8 array of the shape that the child gave, or None."""
        shape = self.values.get("shape")
        return None if shape is None else np.frombuffer(self.payload, np.uint8).reshape(shape)

    @property
    def scaled(self) -> Scaled | None:
        """The pixels and their extent, where the child gave one."""
        pixels, extent = self.pixels, self.values.get("extent")
        return None if pixels is None or extent is None else Scaled(pixels, *extent)


class SharedMemory:
    """Bytes that this process writes and a child reads, or the other way round; grown by need."""

    def __init__(self, size: int) -> None:
        # A memory file is bounded by the machine's memory, /dev/shm by what a container gives it.
        if sys.platform == "linux":
            self.fd = os.memfd_create("pictures")
        else:
            with tempfile.TemporaryFile() as file:
                self.fd = os.dup(file.fileno())
        os.truncate(self.fd, size)
        self._map = mmap.mmap(self.fd, size)

    def put(self, parts: Sequence[File]) -> None:
        """Lay some bytes one behind the other from the start."""
        size = sum(len(part) for part in parts)
        if size > len(self._map):
            self._map.close()
            os.truncate(self.fd, size)
            self._map = mmap.mmap(self.fd, size)
        start = 0
        for part in parts:
            self._map[start : start + len(part)] = part
            start += len(part)

    def start(self, size: int) -> bytes:
        """Return the first ``size`` bytes."""
        return self._map[:size]

    def close(self) -> None:
        """Give the memory back, once no other process has it."""
        self._map.close()
        os.close(self.fd)


class GuardedDecoder:
    """One long-lived child that is replaced when it dies. Not for use by two threads at once."""

    def __init__(self, operation: str, arguments: dict[str, Any], limits: ChildLimits) -> None:
        self._settings = {
            "operation": operation,
            "arguments": arguments,
            "deadline_s": limits.deadline_s,
            "max_memory_bytes": limits.max_memory_bytes,
        }
        self._limits = limits
        self._child: subprocess.Popen[bytes] | None = None
        self._files = SharedMemory(max(limits.max_request_bytes, mmap.PAGESIZE))
        self._number = SharedMemory(mmap.PAGESIZE)

    def __del__(self) -> None:
        self._files.close()
        self._number.close()

    @property
    def process_id(self) -> int | None:
        """Process id of the child; None while there is none."""
        return None if self._child is None else self._child.pid

    def run(self, files: Sequence[File]) -> list[Reply]:
        """Return one reply for each file, in order; the caller bounds what that holds.

        A file that ends the child twice gets a reply with reason ``decode_error``.

        Raises:
            EnvironmentFault: the child cannot start at all.
        """
        replies: list[Reply] = []
        for batch in slices_by_size(files, self._limits.max_request_bytes):
            replies += self._run_slice(batch)
        return replies

    def close(self) -> None:
        """End the child; the next ``run`` starts another."""
        if self._child is not None:
            self._child.kill()
            self._forget()

    def _run_slice(self, files: Sequence[File]) -> list[Reply]:
        """Answers of a child that dies are lost in part, so what came before is asked for again."""
        replies: list[Reply] = []
        deaths: Counter[int] = Counter()
        end = len(files)
        while len(replies) < len(files):
            start = len(replies)
            self._send(files[start:end])
            replies += self._receive(end - start)
            answered = len(replies)
            if answered == end:
                end = len(files)
                continue
            # Whatever a broken child wrote there: a file that was sent and not answered.
            at = min(max(start + self._at_file(), answered), end - 1)
            cause = self._forget()
            deaths[at] += 1
            end = at if at > answered else len(files)
            if at == answered and deaths[at] == _TRIES:
                replies.append(Reply({"reason": "decode_error", "detail": cause}, b""))
        return replies

    def _send(self, files: Sequence[File]) -> None:
        child = self._child or self._start()
        pipe = _pipe(child.stdin)
        self._files.put(files)
        self._number.put([NUMBER.pack(0)])
        try:
            pipe.write(COUNT.pack(len(files)) + b"".join(LENGTH.pack(len(f)) for f in files))
            pipe.flush()
        except BrokenPipeError:
            return  # it died while idle: _receive finds the pipe ended

    def _at_file(self) -> int:
        """Number of the file, of those sent last, that the child began last."""
        (number,) = NUMBER.unpack(self._number.start(NUMBER.size))
        return int(number)

    def _receive(self, count: int) -> Iterator[Reply]:
        assert self._child is not None
        pipe = _pipe(self._child.stdout)
        for _ in range(count):
            answer = read_frame(pipe)
            if answer is None:
                return
            yield Reply(*answer)

    def _start(self) -> subprocess.Popen[bytes]:
        shared = {"files_fd": self._files.fd, "number_fd": self._number.fd}
        settings = json.dumps(self._settings | shared)
        command = [sys.executable, "-m", "udfs.decode_child", settings]
        # One thread: arrays here are small, and thread stacks would count as memory.
        environment = child_environment() | {"OPENBLAS_NUM_THREADS": "1"}
        child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment,
            pass_fds=tuple(shared.values()),
        )  # fmt: skip
        self._child = child
        if _pipe(child.stdout).read(1) != READY:
            raise EnvironmentFault(
                f"the decoding child ended at its start ({self._forget()}); expected it to "
                f"answer; run `{sys.executable} -m udfs.decode_child` and read its error"
            )
        return child

    def _forget(self) -> str:
        """Collect the dead child and say what ended it."""
        assert self._child is not None
        child, self._child = self._child, None
        code = child.wait()
        for pipe in (child.stdin, child.stdout):
            _close_quietly(_pipe(pipe))
        if code == -signal.SIGALRM:
            return f"the decoder took longer than {self._limits.deadline_s} s"
        name = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return f"the decoder crashed: {name}"


@functools.lru_cache(maxsize=64)
def _decoder_of(
    process_id: int, operation: str, arguments: str, limits: ChildLimits, lane: int
) -> GuardedDecoder:
    return GuardedDecoder(operation, json.loads(arguments), limits)


def resident_decoder(
    operation: str, arguments: dict[str, Any], limits: ChildLimits, lane: int = 0
) -> GuardedDecoder:
    """Return this worker's decoder for these arguments; its child lives as long as the worker.

    Each ``lane`` has a child of its own, so that several threads decode at once.
    """
    sorted_arguments = json.dumps(arguments, sort_keys=True)
    return _decoder_of(os.getpid(), operation, sorted_arguments, limits, lane)


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None  # both were asked for as pipes
    return stream


def _close_quietly(pipe: IO[bytes]) -> None:
    try:
        pipe.close()
    except BrokenPipeError:
        return  # unsent bytes for a dead child

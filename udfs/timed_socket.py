"""A socket under one deadline, however slowly the other side drips its bytes."""

import io
import socket
import time
from typing import Any


def seconds_left(deadline: float) -> float:
    """Return the seconds until ``deadline`` (monotonic clock).

    Raises:
        TimeoutError: there are none.
    """
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("the deadline has passed")
    return left


class TimedSocket:
    """What ``http.client`` needs of a socket, each wait cut at the common deadline.

    A socket's own timeout starts anew with every byte; here the time left is set before each
    read. ``close`` does nothing: whoever opened the socket closes it.
    """

    def __init__(self, inner: socket.socket, deadline: float) -> None:
        self._inner = inner
        self._deadline = deadline

    def sendall(self, data: bytes) -> None:
        """Send all of ``data``."""
        self._inner.settimeout(seconds_left(self._deadline))
        self._inner.sendall(data)

    def makefile(self, *_: Any) -> io.BufferedReader:
        """Return a buffered reader of what arrives."""
        return io.BufferedReader(_TimedReader(self._inner, self._deadline))

    def close(self) -> None:
        """Leave the socket open."""


class _TimedReader(io.RawIOBase):
    def __init__(self, inner: socket.socket, deadline: float) -> None:
        self._inner = inner
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._inner.settimeout(seconds_left(self._deadline))
        return self._inner.recv_into(buffer)

"""HTTP to one server over connections that are kept open, each exchange under one deadline."""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from collections import deque
from dataclasses import dataclass
from urllib.parse import urlsplit

from udfs.timed_socket import TimedSocket, seconds_left

MAX_ANSWER_BYTES = 1 << 20


class NotConnectedError(ConnectionError):
    """No connection came about: nothing has reached the server."""


class _UnansweredError(ConnectionError):
    """The connection was closed before the answer began, as one that was idle for too long is."""


@dataclass(frozen=True)
class Reply:
    """Status, the body (None: more than ``MAX_ANSWER_BYTES``) and the header Retry-After."""

    status: int
    body: bytes | None
    retry_after: str | None


class ServerClient:
    """May serve many threads: each takes an idle connection or opens one, and gives it back."""

    def __init__(self, base_url: str, headers: dict[str, str]) -> None:
        parts = urlsplit(base_url.rstrip("/"))
        secure = parts.scheme == "https"
        self._host, self._port = parts.hostname or "", parts.port or (443 if secure else 80)
        self._prefix = parts.path
        self._tls = ssl.create_default_context() if secure else None
        self._headers = {**headers, "Host": parts.netloc.rpartition("@")[2]}
        self._idle: deque[socket.socket] = deque()

    def send(self, method: str, path: str, body: bytes | None, timeout_s: float) -> Reply:
        """Send a request below the base URL and read its whole answer.

        A connection that the server closed while it was idle is replaced without a word.

        Raises:
            NotConnectedError: refused, no route, no such name, no connection in time, a TLS fault.
            TimeoutError: no whole answer within ``timeout_s``.
            ConnectionError, http.client.HTTPException: it broke, or what came is not HTTP.
        """
        deadline = time.monotonic() + timeout_s
        try:
            return self._exchange(self._idle.pop(), method, path, body, deadline)
        except (IndexError, _UnansweredError):  # none is idle, or it was closed by the server
            return self._exchange(self._connected(deadline), method, path, body, deadline)

    def _connected(self, deadline: float) -> socket.socket:
        left = seconds_left(deadline)
        try:
            raw = socket.create_connection((self._host, self._port), left)
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return self._tls.wrap_socket(raw, server_hostname=self._host) if self._tls else raw
        except OSError as error:  # a time-out is one: whoever asks, nobody is there
            raise NotConnectedError(str(error)) from error

    def _exchange(
        self, raw: socket.socket, method: str, path: str, body: bytes | None, deadline: float
    ) -> Reply:
        connection = http.client.HTTPConnection(self._host, self._port)
        connection.sock = TimedSocket(raw, deadline)
        is_kept = False
        try:
            try:
                connection.request(method, f"{self._prefix}{path}", body, self._headers)
                answer = connection.getresponse()
            except ConnectionError as error:
                raise _UnansweredError(str(error)) from error
            data = answer.read(MAX_ANSWER_BYTES + 1)
            is_whole = len(data) <= MAX_ANSWER_BYTES
            if is_whole and answer.length:
                raise ConnectionResetError(f"{answer.length} bytes of the answer are missing")
            is_kept = is_whole and not answer.will_close
            found = data if is_whole else None
            return Reply(answer.status, found, answer.getheader("Retry-After"))
        finally:
            if is_kept:
                self._idle.append(raw)
            else:
                raw.close()

"""How long one call to a generator waits for its server, shared by all threads that ask."""

from __future__ import annotations

import random
import threading
import time
from datetime import UTC, datetime

from realsyn_lib.fetch.answers import wait_s

FIRST_PAUSE_S = 1.0
MAX_PAUSE_S = 60.0  # whatever Retry-After asks for


class Patience:
    """Counts the seconds since the server was last heard of."""

    def __init__(self, limit_s: float) -> None:
        self.limit_s = limit_s
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._away_since: float | None = None

    def answered(self) -> None:
        """Note that the server is there."""
        with self._lock:
            self._away_since = None

    def wait_for_server(self, waits: int, retry_after: str | None) -> bool:
        """Wait before the server is tried again; False where it has been away for too long."""
        with self._lock:
            now = time.monotonic()
            since = self._away_since = now if self._away_since is None else self._away_since
        left = since + self.limit_s - now
        if left <= 0 or self._ended.is_set():
            return False
        self._ended.wait(min(_pause_s(waits, retry_after), left))
        return True

    def pause(self, failures: int, retry_after: str | None) -> None:
        """Wait before a prompt is tried again."""
        self._ended.wait(_pause_s(failures, retry_after))

    def end(self) -> None:
        """Let nobody wait any more: the call has its answers, or has failed."""
        self._ended.set()


def _pause_s(tries: int, retry_after: str | None) -> float:
    """Exponential with full jitter, so that clients of a server that came back do not meet."""
    first = FIRST_PAUSE_S * random.random()
    return min(wait_s(min(tries, 16), first, retry_after, datetime.now(UTC)), MAX_PAUSE_S)

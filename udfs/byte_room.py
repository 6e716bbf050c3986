"""Room for the bodies that a task holds at once."""

import asyncio
from collections import deque


class ByteRoom:
    """Bytes that may be held, of one event loop; who asks first is served first.

    One body of unknown length at a time may grow beyond what it has taken (``growing``): it needs
    nothing of the others to come to its end, so that nobody waits for ever. A task holds at most
    ``size`` bytes and that one body.
    """

    def __init__(self, size: int) -> None:
        self.growing = asyncio.Lock()
        self._size = size
        self._held = 0
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @property
    def is_full(self) -> bool:
        """Say whether nothing more should be begun."""
        return self._held >= self._size or bool(self._waiting)

    def has(self, count: int) -> bool:
        """Take ``count`` bytes where that needs no waiting."""
        if self._waiting or (self._held and self._held + count > self._size):
            return False
        self._held += count
        return True

    async def take(self, count: int) -> None:
        """Take ``count`` bytes, as soon as there is room; more than ``size`` when it is empty."""
        if self.has(count):
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((count, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give(count)
            raise

    def add(self, count: int) -> None:
        """Count bytes that are there already."""
        self._held += count

    def give(self, count: int) -> None:
        """Give bytes back."""
        self._held -= count
        while self._waiting:
            wanted, turn = self._waiting[0]
            if turn.done():  # whoever waited was cancelled
                self._waiting.popleft()
            elif not self._held or self._held + wanted <= self._size:
                self._waiting.popleft()
                self._held += wanted
                turn.set_result(None)
            else:
                return

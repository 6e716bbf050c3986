"""Connections to checked addresses, kept for the next request to the same host."""

import asyncio
import ssl
from collections import deque
from dataclasses import dataclass

from realsyn_lib.fetch.head import MAX_HEAD_BYTES
from realsyn_lib.fetch.urls import HttpTarget
from udfs.fetched import RefusedError
from udfs.resolve import Resolver

_CONNECT_S = 10.0  # for one address of several
_IDLE_S = 10.0
_MOST_IDLE = 512

Key = tuple[bool, str, int]


@dataclass
class Connection:
    """A stream in both directions; ``is_used`` once it has brought an answer."""

    key: Key
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    is_used: bool = False

    def abort(self) -> None:
        """Close it at once: what the other side still sends is not read."""
        self.writer.transport.abort()


class Connections:
    """Opens connections and keeps idle ones. How many are open at once is the caller's business."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._tls = ssl.create_default_context()
        self._idle: dict[Key, deque[tuple[float, Connection]]] = {}
        self._idle_count = 0

    async def get(self, target: HttpTarget, anew: bool = False) -> Connection:
        """Return an idle connection to the host, or with ``anew`` always a new one.

        Raises:
            RefusedError: it may not be reached, or has no address.
            OSError, TimeoutError: it could not be.
        """
        key = (target.secure, target.host, target.port)
        kept = None if anew else self._take(key)
        return kept or await self._open(key, await self._resolver.addresses(*key[1:]))

    def keep(self, connection: Connection) -> None:
        """Keep a connection whose last answer was read to its end."""
        if self._idle_count >= _MOST_IDLE:
            self._drop_old()
        if self._idle_count >= _MOST_IDLE:
            connection.abort()
            return
        connection.is_used = True
        now = asyncio.get_running_loop().time()
        self._idle.setdefault(connection.key, deque()).append((now, connection))
        self._idle_count += 1

    def close(self) -> None:
        """Close all that are idle."""
        for waiting in self._idle.values():
            for _, connection in waiting:
                connection.abort()
        self._idle.clear()

    def _take(self, key: Key) -> Connection | None:
        waiting = self._idle.get(key)
        oldest = asyncio.get_running_loop().time() - _IDLE_S
        while waiting:
            since, connection = waiting.pop()
            self._idle_count -= 1
            if since > oldest and not connection.reader.at_eof():
                return connection
            connection.abort()
        self._idle.pop(key, None)
        return None

    def _drop_old(self) -> None:
        oldest = asyncio.get_running_loop().time() - _IDLE_S
        for key in list(self._idle):
            waiting = self._idle[key]
            while waiting and waiting[0][0] < oldest:
                waiting.popleft()[1].abort()
                self._idle_count -= 1
            if not waiting:
                del self._idle[key]

    async def _open(self, key: Key, addresses: tuple[str, ...]) -> Connection:
        """Connect to one of the addresses that were judged: no second look-up."""
        secure, host, port = key
        tls, name = (self._tls, host) if secure else (None, None)
        failed: OSError | None = None
        for address in addresses:
            try:
                async with asyncio.timeout(_CONNECT_S):
                    streams = await asyncio.open_connection(
                        address, port, limit=MAX_HEAD_BYTES, ssl=tls, server_hostname=name
                    )
                return Connection(key, *streams)
            except ssl.SSLError as error:
                raise RefusedError("tls", f"{type(error).__name__}: {error}") from error
            except OSError as error:
                failed = error
        raise ConnectionError(type(failed).__name__) from failed

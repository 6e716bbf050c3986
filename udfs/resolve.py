"""Names to addresses, each looked up once in a while in each process, and judged each time."""

import asyncio
import ipaddress
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from realsyn_lib.fetch.addresses import AllowList, may_connect
from udfs.fetched import RefusedError

_MOST_NAMES = 100_000
_FAILED_S = 30.0  # a name that does not resolve is asked again after so long
_LOOKUPS = 16  # at once: a look-up holds a thread, and cannot be broken off

Addresses = tuple[str, ...] | RefusedError
Known = dict[tuple[str, int], tuple[float, Addresses]]
_known: Known = {}  # of this process, over all its tasks


class Resolver:
    """Looks names up in threads of its own; addresses belong to the process, failures to the task."""

    def __init__(self, allow: AllowList, keep_s: float) -> None:
        self._allow = allow
        self._keep_s = keep_s
        self._threads = ThreadPoolExecutor(_LOOKUPS, thread_name_prefix="dns")
        self._failed: Known = {}
        self._asked: dict[tuple[str, int], asyncio.Task[Addresses]] = {}

    async def addresses(self, host: str, port: int) -> tuple[str, ...]:
        """Return the addresses of a host, all of them judged: the caller connects to these alone.

        Raises:
            RefusedError: ``dns``, or ``ssrf_blocked`` where one of them may not be reached.
        """
        found = _literal(host) or await self._looked_up(host, port)
        if isinstance(found, RefusedError):
            raise RefusedError(found.reason, found.detail)
        if not may_connect(host, port, found, self._allow):
            raise RefusedError("ssrf_blocked", f"{host} is {', '.join(found[:4])}")
        return found

    def close(self) -> None:
        """Let go of the threads; one that waits for an answer ends when that comes."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _looked_up(self, host: str, port: int) -> Addresses:
        key = (host, port)
        until, found = _known.get(key) or self._failed.get(key) or (0.0, ())
        if time.monotonic() < until:
            return found
        if key not in self._asked:
            self._asked[key] = asyncio.create_task(self._look_up(key))
            self._asked[key].add_done_callback(lambda _task: self._asked.pop(key))
        return await asyncio.shield(self._asked[key])

    async def _look_up(self, key: tuple[str, int]) -> Addresses:
        loop = asyncio.get_running_loop()
        found: Addresses
        try:
            entries = await loop.run_in_executor(self._threads, _ask_system, *key)
            found = tuple(dict.fromkeys(str(entry[4][0]) for entry in entries))
        except (OSError, UnicodeError) as error:  # no such name, or one that is no name
            found = RefusedError("dns", f"{type(error).__name__}: {error}")
        has_failed = isinstance(found, RefusedError)
        known, keep_s = (self._failed, _FAILED_S) if has_failed else (_known, self._keep_s)
        if len(known) >= _MOST_NAMES:
            known.clear()
        known[key] = (time.monotonic() + keep_s, found)
        return found


def _ask_system(host: str, port: int) -> list[tuple[Any, ...]]:
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


def _literal(host: str) -> tuple[str, ...] | None:
    """Return an address that is written as one; odd spellings are left to the system."""
    try:
        return (str(ipaddress.ip_address(host)),)
    except ValueError:
        return None

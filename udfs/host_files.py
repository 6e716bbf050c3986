"""A small file of each host, such as its robots.txt, fetched once a day by each process."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Generic, TypeVar

from realsyn_lib.fetch.head import Head
from realsyn_lib.fetch.urls import HttpTarget, host_of
from udfs.fetched import RefusedError
from udfs.http_get import Asking, redirected

T = TypeVar("T")
UNREACHED = frozenset({"connection", "deadline", "dns", "tls"})  # of the host, not of the file
_KEPT_S = 86_400.0  # RFC 9309, 2.4
_MOST_HOSTS = 20_000  # of each kind of file: a domain may have hosts without end
_MOST_BYTES = 2**26  # likewise
_MOST_HOPS = 5  # RFC 9309, 2.3.1.2

Key = tuple[str, bool, str, int]


@dataclass
class _Kept:
    """What hosts have said, each until when, and the bytes of the files that it was read from."""

    said: dict[Key, tuple[float, Any]] = field(default_factory=dict)
    size: int = 0

    def keep(self, key: Key, what: object, size: int) -> None:
        """Keep an answer for a day; all others go where there are too many."""
        self.size += size
        if len(self.said) >= _MOST_HOSTS or self.size > _MOST_BYTES:
            self.said.clear()
            self.size = size
        self.said[key] = (time.monotonic() + _KEPT_S, what)


_known: dict[str, _Kept] = {}  # by path; of this process, over all its tasks


class HostFiles(Generic[T]):
    """What a file says, by host, fetched under the same guard as pictures.

    Where several fetches wait for one file it is asked for once. What it says, or that there is none, belongs
    to the process; that a server failed to give it is forgotten with the task.

    Args:
        asking: how requests are made.
        path: of the file at each host; at most ``most_bytes`` of it are taken.
        parse: what its bytes say.
        without: what a refusal says, or the refusal that all rows of the host get.
        within_s: seconds for all of it, redirects included; those of a fetch where None is said.
    """

    def __init__(
        self, asking: Asking, path: str, most_bytes: int, parse: Callable[[bytes], T],
        without: Callable[[RefusedError], T | RefusedError], within_s: float | None = None,
    ) -> None:  # fmt: skip
        rules = replace(asking.rules, max_body_bytes=most_bytes)
        self._asking = replace(asking, rules=rules, look=_take_all, judge=_take_all, accept="*/*")
        self._path, self._parse, self._without = path, parse, without
        self._within_s = rules.deadline_s if within_s is None else within_s
        self._failed: dict[Key, T | RefusedError] = {}
        self._asked: dict[Key, asyncio.Task[_Said[T]]] = {}
        self._known = _known.setdefault(path, _Kept())

    async def of(self, target: HttpTarget) -> T:
        """Return what the file of the target's host says.

        Raises:
            RefusedError: ``without`` says so.
        """
        agent = self._asking.rules.agent_token
        key = (agent, target.secure, target.host, target.port)
        until, said = self._known.said.get(key, (0.0, None))
        found: T | RefusedError | None = self._failed.get(key)
        if found is None and time.monotonic() < until:
            found = said
        if found is None:
            if key not in self._asked:
                self._asked[key] = asyncio.create_task(self._fetched(target))
                self._asked[key].add_done_callback(partial(self._keep, key))
            found = (await asyncio.shield(self._asked[key])).what
        if isinstance(found, RefusedError):
            raise RefusedError(found.reason, found.detail, found.status)
        return found

    def _keep(self, key: Key, task: "asyncio.Task[_Said[T]]") -> None:
        """Remember the answer; a host that could not be reached is asked again by the next fetch."""
        del self._asked[key]
        if task.cancelled() or task.exception() is not None:
            return
        said = task.result()
        if isinstance(said.what, RefusedError) and said.what.reason in UNREACHED:
            return
        if said.is_lasting:
            self._known.keep(key, said.what, said.size)
        else:
            self._failed[key] = said.what

    async def _fetched(self, target: HttpTarget) -> "_Said[T]":
        scheme = "https" if target.secure else "http"
        url = f"{scheme}://{host_of(target)}{self._path}"
        deadline = asyncio.get_running_loop().time() + self._within_s
        for _ in range(_MOST_HOPS + 1):
            try:
                answer = await self._asking.get(url, deadline)
                if answer.location is None:
                    self._asking.room.give(len(answer.body))
                    return _Said(self._parse(answer.body), is_lasting=True, size=len(answer.body))
                url = redirected(url, answer.location)
            except RefusedError as refusal:
                what = self._without(refusal)
                is_none = not isinstance(what, RefusedError) and _is_none_there(refusal.status)
                return _Said(what, is_lasting=is_none)
        return _Said(self._parse(b""), is_lasting=True)


@dataclass(frozen=True)
class _Said(Generic[T]):
    """What was found, whether it holds longer than the task, and bytes of the file."""

    what: T | RefusedError
    is_lasting: bool
    size: int = 0


def _is_none_there(status: int | None) -> bool:
    """Say whether a status tells that there is no such file; 429 only asks for time."""
    return status is not None and status != 200 and status < 500 and status != 429


def _take_all(_seen: Head | bytes) -> None:
    """Whatever the file is, it is read."""

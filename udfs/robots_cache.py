"""robots.txt of each host, fetched once a day by each process, under the same guard as pictures."""

import asyncio
import time
from dataclasses import replace
from functools import partial

from realsyn_lib.fetch.head import Head
from realsyn_lib.fetch.robots import MAX_ROBOTS_BYTES, RobotsRules, parse_robots
from realsyn_lib.fetch.urls import HttpTarget, host_of
from udfs.fetched import RefusedError
from udfs.http_get import Asking, redirected

_KEPT_S = 86_400.0  # RFC 9309, 2.4
_MOST_HOSTS = 20_000
_MOST_HOPS = 5  # RFC 9309, 2.3.1.2
_UNREACHED = frozenset({"connection", "deadline", "dns", "tls"})  # of the host, not of the file

Rules = RobotsRules | RefusedError
Key = tuple[str, bool, str, int]
_known: dict[Key, tuple[float, RobotsRules]] = {}  # of this process, over all its tasks


class RobotsCache:
    """Rules by host. Where several fetches wait for one file it is asked for once.

    Rules belong to the process; that a server failed to give them is forgotten with the task.
    """

    def __init__(self, asking: Asking) -> None:
        rules = replace(asking.rules, max_body_bytes=MAX_ROBOTS_BYTES)
        self._asking = replace(
            asking, rules=rules, look=_take_all, judge=_take_all, accept="text/plain, */*"
        )
        self._agent = rules.agent_token
        self._refused: dict[Key, RefusedError] = {}
        self._asked: dict[Key, asyncio.Task[Rules]] = {}

    async def check(self, target: HttpTarget) -> None:
        """Return where the host allows the address.

        Raises:
            RefusedError: ``robots`` where it does not, ``robots_unavailable`` where its rules cannot
                be had, or why the host could not be reached.
        """
        key = (self._agent, target.secure, target.host, target.port)
        rules = self._refused.get(key) or _in_time(key)
        if rules is None:
            if key not in self._asked:
                self._asked[key] = asyncio.create_task(self._fetched(target))
                self._asked[key].add_done_callback(partial(self._keep, key))
            rules = await asyncio.shield(self._asked[key])
        if isinstance(rules, RefusedError):
            raise RefusedError(rules.reason, rules.detail, rules.status)
        if not rules.allows(target.request):
            raise RefusedError("robots", f"robots.txt of {host_of(target)} does not allow it")

    def _keep(self, key: Key, task: "asyncio.Task[Rules]") -> None:
        """Remember the rules; a host that could not be reached is asked again by the next fetch."""
        del self._asked[key]
        if task.cancelled() or task.exception() is not None:
            return
        rules = task.result()
        if isinstance(rules, RefusedError):
            if rules.reason not in _UNREACHED:
                self._refused[key] = rules
            return
        if len(_known) >= _MOST_HOSTS:
            _known.clear()
        _known[key] = (time.monotonic() + _KEPT_S, rules)

    async def _fetched(self, target: HttpTarget) -> Rules:
        """Fetch the file: none there allows everything, a fault of the server nothing."""
        scheme = "https" if target.secure else "http"
        url = f"{scheme}://{host_of(target)}/robots.txt"
        deadline = asyncio.get_running_loop().time() + self._asking.rules.deadline_s
        for _ in range(_MOST_HOPS + 1):
            try:
                answer = await self._asking.get(url, deadline)
            except RefusedError as refusal:
                return _meaning(refusal)
            if answer.location is None:
                self._asking.room.give(len(answer.body))
                return parse_robots(answer.body, self._agent)
            url = redirected(url, answer.location)
        return RobotsRules()


def _in_time(key: Key) -> RobotsRules | None:
    until, rules = _known.get(key, (0.0, None))
    return rules if time.monotonic() < until else None


def _meaning(refusal: RefusedError) -> Rules:
    """Any status but 200 and those of a failing server says that there is no such file."""
    if refusal.status is not None and refusal.status != 200 and refusal.status < 500:
        return RobotsRules()
    if refusal.reason in _UNREACHED:
        return refusal
    detail = f"robots.txt: {refusal.reason}, {refusal.detail}"
    return RefusedError("robots_unavailable", detail, refusal.status)


def _take_all(_seen: Head | bytes) -> None:
    """Whatever the file is, it is read."""

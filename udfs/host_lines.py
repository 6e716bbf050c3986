"""Rows that wait for their hosts, and which host's turn it is."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from realsyn_lib.fetch.hosts import HostHealth, share_of
from realsyn_lib.fetch.rules import FetchRules

FILES = ""  # the host of files below an image root
_FILES_AT_ONCE = 16


@dataclass
class Job:
    """One row on its way: where it is to be asked for now, and what is behind it."""

    image_id: int
    asked_url: str
    url: str
    host: str
    deadline: float | None = None
    started_s: float = 0.0
    tries: int = 0
    hops: int = 0


@dataclass
class Host:
    """What a task knows of a host: how it fares, and which rows wait for it.

    ``refusals``: answers in a row that asked for time. ``not_before``: of the loop's clock.
    """

    health: HostHealth
    at_once: int
    delay_s: float
    waiting: deque[Job] = field(default_factory=deque)
    active: int = 0
    refusals: int = 0
    not_before: float = 0.0
    is_ready: bool = False

    @property
    def may_begin(self) -> bool:
        """Say whether a row waits that may be asked for beside those on their way."""
        return bool(self.waiting) and self.health.may_begin(self.active, self.at_once)


class HostLines:
    """A line of rows for each host; hosts that may be asked take turns.

    ``woken`` is called when a host's turn comes by time alone.
    """

    def __init__(self, rules: FetchRules, lanes: dict[str, int], woken: Callable[[], None]) -> None:
        self._rules = rules
        self._lanes = lanes
        self._woken = woken
        self._loop = asyncio.get_running_loop()
        self._hosts: dict[str, Host] = {}
        self._ready: deque[str] = deque()

    def put(self, job: Job, first: bool = False) -> Host:
        """Line a row up, at its end or as the first, and return its host; not where that is down."""
        host = self._hosts.get(job.host)
        if host is None:
            host = self._hosts[job.host] = self._new_host(job.host)
        if not host.health.is_down:
            (host.waiting.appendleft if first else host.waiting.append)(job)
            self.ready(job.host)
        return host

    def take(self) -> tuple[Job, Host] | None:
        """Take the next row that may be asked for; its host counts it until ``left``."""
        while self._ready:
            name = self._ready.popleft()
            host = self._hosts[name]
            host.is_ready = False
            if not host.may_begin:  # its turn was given before its last request failed
                continue
            job = host.waiting.popleft()
            host.active += 1
            host.not_before = max(host.not_before, self._loop.time() + host.delay_s)
            self.ready(name)
            return job, host
        return None

    def left(self, name: str) -> None:
        """Say that a row that was taken is on its way no longer."""
        self._hosts[name].active -= 1
        self.ready(name)

    def ready(self, name: str) -> None:
        """Give a host its turn where one of its rows may be asked for; later, where it must wait."""
        host = self._hosts[name]
        if host.is_ready or not host.may_begin:
            return
        host.is_ready = True
        wait = host.not_before - self._loop.time()
        if wait > 0:
            self._loop.call_later(wait, self._line_up, name)
        else:
            self._ready.append(name)

    def _line_up(self, name: str) -> None:
        self._ready.append(name)
        self._woken()

    def _new_host(self, name: str) -> Host:
        if name == FILES:
            return Host(HostHealth(2**62), _FILES_AT_ONCE, 0.0)
        rules = self._rules
        share = share_of(rules.per_host, rules.host_delay_s, self._lanes.get(name, 1))
        return Host(HostHealth(rules.breaker_failures, rules.deadline_s), *share)

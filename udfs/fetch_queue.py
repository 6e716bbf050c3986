"""Which fetch is begun next, and what follows from how one ends: many at once, few to one host."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from realsyn_lib.fetch.answers import may_pass, wait_s
from realsyn_lib.fetch.hosts import HostHealth
from realsyn_lib.fetch.rules import FetchRules
from udfs.byte_room import ByteRoom
from udfs.fetched import Fetched, RefusedError
from udfs.host_lines import Host, HostLines, Job

_LEFT_ALONE = 2  # answers 429 or 503 in a row, after which a host's Retry-After is for all its rows


@dataclass(frozen=True)
class Moved:
    """The picture lies at another address."""

    url: str
    host: str
    status: int


Fetch = Callable[[Job], Awaitable[Fetched | Moved]]


class FetchQueue:
    """Begins fetches, on one event loop.

    ``fetch`` makes one request and raises ``RefusedError`` where it brings nothing. ``done`` is given
    each row once, with the error where there is a fault of ours. A row that waits, for a retry or for
    its host, holds neither a place nor a connection.
    """

    def __init__(
        self, rules: FetchRules, lanes: dict[str, int], room: ByteRoom, fetch: Fetch,
        done: Callable[[Job, Fetched | BaseException], None],
    ) -> None:  # fmt: skip
        self._rules = rules
        self._room = room
        self._fetch = fetch
        self._done = done
        self._loop = asyncio.get_running_loop()
        self._lines = HostLines(rules, lanes, self.begin)
        self._running: set[asyncio.Task[None]] = set()
        self._is_open = True

    def add(self, jobs: list[Job]) -> None:
        """Take rows; call it on the loop."""
        for job in jobs:
            self._put(job)
        self.begin()

    def freed(self, count: int) -> None:
        """Take note that so many bytes were handed on; call it on the loop."""
        self._room.give(count)
        self.begin()

    def close(self) -> None:
        """Begin nothing more."""
        self._is_open = False

    def begin(self) -> None:
        """Begin what may be begun now."""
        most = self._rules.in_flight if self._is_open else 0
        while len(self._running) < most and not self._room.is_full:
            taken = self._lines.take()
            if taken is None:
                return
            task = self._loop.create_task(self._one(*taken))
            self._running.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self.begin()

    def _put(self, job: Job, first: bool = False) -> None:
        health = self._lines.put(job, first).health
        if health.is_down:
            self._done(job, _unavailable(health))

    async def _one(self, job: Job, host: Host) -> None:
        """Make one request of a row and see what follows from it."""
        name, now = job.host, self._loop.time()
        job.started_s = now
        job.deadline = job.deadline or now + self._rules.deadline_s
        try:
            if now >= job.deadline:  # while it waited: the host is not to blame
                raise TimeoutError
            outcome = await self._fetch(job)
            self._note(host, job, None)
            self._go_on(job, outcome)
        except TimeoutError:
            late = f"not complete after {self._rules.deadline_s} s"
            self._done(job, Fetched(reason="deadline", detail=late))
        except RefusedError as refusal:
            self._note(host, job, refusal)
            self._try_again(job, host, refusal)
        except Exception as error:  # a fault of ours: the task must end with it
            self._done(job, error)
        finally:
            self._lines.left(name)

    def _note(self, host: Host, job: Job, refusal: RefusedError | None) -> None:
        """Learn of the host from how a request ended; what waits for one that is down waits no more."""
        reason, status = (refusal.reason, refusal.status) if refusal else (None, 200)
        is_refused = refusal is not None and refusal.retry_after is not None
        host.refusals = host.refusals + 1 if is_refused else 0
        now = self._loop.time()
        host.health.note(reason, status is not None, job.started_s, now, is_refused)
        while host.health.is_down and host.waiting:
            self._done(host.waiting.popleft(), _unavailable(host.health))

    def _go_on(self, job: Job, outcome: Fetched | Moved) -> None:
        """Hand on what came, or ask where it has moved to, as the next of that host."""
        if isinstance(outcome, Fetched):
            self._done(job, outcome)
            return
        job.hops += 1
        if job.hops > self._rules.max_redirects:
            detail = f"more than {self._rules.max_redirects}"
            self._done(job, Fetched(None, outcome.status, "redirects", detail))
            return
        job.url, job.host = outcome.url, outcome.host
        self._put(job, first=True)

    def _try_again(self, job: Job, host: Host, refusal: RefusedError) -> None:
        """Line a row up again after a wait, where another try may succeed within its deadline."""
        job.tries += 1
        now = self._loop.time()
        backoff_s = 0.0 if refusal.reason == "incomplete" else self._rules.backoff_s
        wait = wait_s(job.tries, backoff_s, refusal.retry_after, datetime.now(UTC))
        if host.refusals >= _LEFT_ALONE:
            host.not_before = max(host.not_before, now + min(wait, self._rules.deadline_s))
        may = may_pass(refusal.reason, refusal.status) and job.tries <= self._rules.retries
        if not may or now + wait >= (job.deadline or now) or host.health.is_down:
            self._done(job, refusal.fetched)
            return
        self._loop.call_later(wait, self._again, job)

    def _again(self, job: Job) -> None:
        self._put(job, first=True)
        self.begin()


def _unavailable(health: HostHealth) -> Fetched:
    count = health.failures or "all"
    detail = f"{count} requests of late brought nothing, the last by {health.last_reason}"
    return Fetched(reason="host_unavailable", detail=detail)

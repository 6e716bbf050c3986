"""What a row of a task asks for, answered on an event loop in a thread of its own."""

import asyncio
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

from realsyn_lib.fetch.addresses import parse_allow_hosts
from realsyn_lib.fetch.first_bytes import unwanted_reason
from realsyn_lib.fetch.head import Head
from realsyn_lib.fetch.opt_out_headers import refusing_directive, reserves_rights
from realsyn_lib.fetch.rules import FetchRules
from realsyn_lib.fetch.urls import BadUrlError, host_of, http_target, is_web_url
from udfs.byte_room import ByteRoom
from udfs.connections import Connections
from udfs.fetch_queue import FetchQueue, Moved
from udfs.fetched import Fetched, RefusedError
from udfs.host_lines import FILES, Job
from udfs.host_policies import HostPolicies
from udfs.http_get import Asking, redirected
from udfs.resolve import Resolver

_FILE_THREADS = 16

Done = tuple[Job, Fetched | BaseException]


class WebFetcher:
    """Fetches rows as they are given, and hands them back in the order in which they end.

    Files below an image root are read in threads of the same loop, so that one queue bounds both.
    To be used as a context: its thread ends with it, and with it what is on its way.
    """

    def __init__(
        self, rules: FetchRules, lanes: dict[str, int], get_file: Callable[[str], Fetched]
    ) -> None:
        self._rules = rules
        self._lanes = lanes
        self._get_file = get_file
        self._ended: SimpleQueue[Done] = SimpleQueue()
        self._started: SimpleQueue[BaseException | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="fetch", daemon=True)

    def __enter__(self) -> "WebFetcher":
        self._thread.start()
        error = self._started.get()
        if error is not None:
            raise error
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def ask(self, rows: Iterable[tuple[int, str]]) -> None:
        """Take rows of (image_id, url)."""
        jobs = [_job(image_id, url) for image_id, url in rows]
        self._loop.call_soon_threadsafe(self._queue.add, jobs)

    def next_done(self, timeout_s: float | None) -> tuple[Job, Fetched]:
        """Return a row that has ended.

        Raises:
            queue.Empty: none has within ``timeout_s``.
        """
        job, outcome = self._ended.get(timeout=timeout_s)
        if isinstance(outcome, BaseException):
            raise outcome
        return job, outcome

    def freed(self, count: int) -> None:
        """Say that so many bytes of bodies are held no longer."""
        self._loop.call_soon_threadsafe(self._queue.freed, count)

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        try:
            self._open()
        except BaseException as error:
            self._started.put(error)
            return
        self._started.put(None)
        try:
            await self._stop.wait()
        finally:
            self._queue.close()
            self._connections.close()
            self._resolver.close()
            self._files.shutdown(wait=False, cancel_futures=True)

    def _open(self) -> None:
        rules = self._rules
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._files = ThreadPoolExecutor(_FILE_THREADS, thread_name_prefix="files")
        self._resolver = Resolver(parse_allow_hosts(rules.allow_hosts), rules.dns_s)
        self._connections = Connections(self._resolver)
        self._room = ByteRoom(rules.room_bytes)
        self._asking = Asking(rules, self._connections, self._room, self._look, self._judge)
        self._policies = HostPolicies(self._asking)
        put = self._ended.put
        self._queue = FetchQueue(
            rules, self._lanes, self._room, self._fetch, lambda job, end: put((job, end))
        )

    async def _fetch(self, job: Job) -> Fetched | Moved:
        """Make one request of a row."""
        if job.host == FILES:
            return await self._read(job.url)
        deadline = job.deadline or 0.0
        await self._allowed(job.url, deadline)
        answer = await self._asking.get(job.url, deadline)
        if answer.location is None:
            return Fetched(answer.body, answer.status)
        url = redirected(job.url, answer.location)
        return Moved(url, _host(url), answer.status)

    async def _read(self, url: str) -> Fetched:
        fetched = await self._loop.run_in_executor(self._files, self._get_file, url)
        self._room.add(len(fetched.body or b""))
        return fetched

    async def _allowed(self, url: str, deadline: float) -> None:
        """Refuse a host that may not be reached by that reason, before its robots.txt fails for it."""
        try:
            async with asyncio.timeout_at(deadline):
                target = http_target(url)
                await self._resolver.addresses(target.host, target.port)
                await self._policies.check(target)
        except BadUrlError as error:
            raise RefusedError("bad_url", str(error)) from error
        except TimeoutError as error:
            late = f"the host's address and policies not complete after {self._rules.deadline_s} s"
            raise RefusedError("deadline", late) from error

    def _look(self, head: Head) -> None:
        """Refuse what the answer's own head keeps from us, before its body is read."""
        rules = self._rules
        word = refusing_directive(
            head.all("x-robots-tag"), rules.agent_token, rules.refused_directives
        )
        if word is not None:
            raise RefusedError("opt_out", f"X-Robots-Tag: {word}", head.status)
        if rules.tdm_reservation and reserves_rights(head.all("tdm-reservation")):
            raise RefusedError("opt_out", "TDM-Reservation: 1", head.status)

    def _judge(self, first: bytes) -> None:
        found = unwanted_reason(first, self._rules)
        if found is not None:
            raise RefusedError(*found, status=200)


def _job(image_id: int, url: str) -> Job:
    return Job(image_id, url, url, _host(url) if is_web_url(url) else FILES)


def _host(url: str) -> str:
    """Return whose limits a request is under; an address that is none waits for nobody."""
    try:
        return host_of(http_target(url))
    except BadUrlError:
        return "-"

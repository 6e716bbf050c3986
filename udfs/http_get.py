"""One HTTP request: ask on a checked connection, read the head, then as much as is wanted."""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urljoin

from realsyn_lib.fetch.answers import REDIRECTS, status_reason
from realsyn_lib.fetch.head import BadAnswerError, Head, parse_head
from realsyn_lib.fetch.rules import FetchRules
from realsyn_lib.fetch.urls import BadUrlError, HttpTarget, host_of, http_target
from udfs.byte_room import ByteRoom
from udfs.connections import Connection, Connections
from udfs.fetched import RefusedError
from udfs.read_body import BodyReader, Judge

_DISCARDED = 65536  # bytes of a body nobody wants that are read to keep its connection
_MOST_INTERIM = 8  # answers such as 103 Early Hints before the one that counts

Look = Callable[[Head], None]


@dataclass(frozen=True)
class Answer:
    """A body, or where it has moved to."""

    status: int
    body: bytes = b""
    location: str | None = None


@dataclass(frozen=True)
class Asking:
    """How requests are made.

    ``look`` sees the head of an answer that brings a body, ``judge`` its first bytes; both raise
    ``RefusedError`` where the rest is not wanted.
    """

    rules: FetchRules
    connections: Connections
    room: ByteRoom
    look: Look
    judge: Judge
    accept: str = "image/*"

    async def get(self, url: str, deadline: float) -> Answer:
        """Send one GET and read its answer; each way it can fail becomes ``RefusedError``.

        Args:
            url: http or https.
            deadline: of the loop's clock. Waiting for room in memory does not count.
        """
        try:
            async with asyncio.timeout_at(deadline) as clock:
                return await self._ask(http_target(url), clock)
        except BadUrlError as error:
            raise RefusedError("bad_url", str(error)) from error
        except BadAnswerError as error:
            raise RefusedError("http_error", f"bad response: {error}") from error
        except TimeoutError as error:
            limit = self.rules.deadline_s
            raise RefusedError("deadline", f"not complete after {limit} s") from error
        except ssl.SSLError as error:
            raise RefusedError("tls", f"{type(error).__name__}: {error}") from error
        except (OSError, EOFError) as error:
            raise RefusedError("connection", type(error).__name__) from error

    async def _ask(self, target: HttpTarget, clock: asyncio.Timeout) -> Answer:
        connection = await self.connections.get(target)
        try:
            return await self._exchange(connection, target, clock)
        except ConnectionError:
            if not connection.is_used:
                raise
        # It was open since the last request, and closed as this one came: no failure of this one.
        connection = await self.connections.get(target, anew=True)
        return await self._exchange(connection, target, clock)

    async def _exchange(
        self, connection: Connection, target: HttpTarget, clock: asyncio.Timeout
    ) -> Answer:
        """Ask once; a connection whose answer was read to its end is kept, any other closed."""
        reader, is_free = connection.reader, False
        try:
            connection.writer.write(_request(target, self.rules.user_agent, self.accept))
            head = await _read_head(reader)
            location, reason = head.first("location"), status_reason(head.status)
            if reason is not None:
                is_free = head.stays_open and await _skipped(reader, head)
                if head.status in REDIRECTS and location:
                    return Answer(head.status, location=location)
                detail, retry_after = f"status {head.status}", head.first("retry-after")
                raise RefusedError(reason, detail, head.status, retry_after)
            self.look(head)
            body = BodyReader(self.room, self.rules.max_body_bytes, self.judge, clock)
            answer = Answer(head.status, await body.read(reader, head))
            is_free = head.stays_open
            return answer
        finally:
            if is_free:
                self.connections.keep(connection)
            else:
                connection.abort()


def redirected(base: str, location: str) -> str:
    """Return the address that a redirect leads to.

    Bytes that an address may not hold are escaped, as browsers do: servers send them as they are.

    Raises:
        RefusedError: ``bad_url``.
    """
    plain = "".join(c if "!" <= c <= "~" else f"%{ord(c):02X}" for c in location.strip())
    try:
        return urljoin(base, plain)
    except ValueError as error:
        raise RefusedError("bad_url", f"redirect: {error}") from error


def _request(target: HttpTarget, agent: str, accept: str) -> bytes:
    return (
        f"GET {target.request} HTTP/1.1\r\nHost: {host_of(target)}\r\nUser-Agent: {agent}\r\n"
        f"Accept: {accept}\r\nAccept-Encoding: identity\r\n\r\n"
    ).encode("latin-1", "replace")


async def _read_head(reader: asyncio.StreamReader) -> Head:
    for _ in range(_MOST_INTERIM):
        try:
            head = parse_head(await reader.readuntil(b"\r\n\r\n"))
        except asyncio.LimitOverrunError as error:
            raise BadAnswerError("a head without an end") from error
        except asyncio.IncompleteReadError as error:
            if error.partial:
                raise BadAnswerError("the head ends early") from error
            raise ConnectionResetError("closed without an answer") from error
        if head.status >= 200:
            return head
    raise BadAnswerError("interim answers without an end")


async def _skipped(reader: asyncio.StreamReader, head: Head) -> bool:
    """Read over a short body; False where it is long, or its length unknown."""
    if head.length is None or head.length > _DISCARDED:
        return False
    try:
        await reader.readexactly(head.length)
    except (OSError, EOFError):
        return False
    return True

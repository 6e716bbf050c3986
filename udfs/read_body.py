"""The body of an answer: bounded before and after decompression, given up where it is not wanted."""

import asyncio
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable

from realsyn_lib.fetch.first_bytes import FIRST_BYTES
from realsyn_lib.fetch.head import BadAnswerError, Head, chunk_bytes
from udfs.byte_room import ByteRoom
from udfs.fetched import RefusedError

_PIECE = 262_144
_MOST_TRAILERS = 64
_WINDOW_BITS = {
    "gzip": zlib.MAX_WBITS | 16,
    "x-gzip": zlib.MAX_WBITS | 16,
    "deflate": zlib.MAX_WBITS,
}

Judge = Callable[[bytes], None]


class BodyReader:
    """Reads the bodies of one fetch.

    ``judge`` is shown the first ``FIRST_BYTES`` of a body that has more, and raises ``RefusedError``
    where the rest is not worth reading. ``clock`` stands still while our own memory is what the
    fetch waits for. What ``read`` returns is counted in ``room``: whoever has done with it gives it
    back.
    """

    def __init__(
        self, room: ByteRoom, max_bytes: int, judge: Judge, clock: asyncio.Timeout
    ) -> None:
        self._room = room
        self._max_bytes = max_bytes
        self._judge = judge
        self._clock = clock
        self._held = 0

    async def read(self, reader: asyncio.StreamReader, head: Head) -> bytes:
        """Read the body that follows ``head``, undoing an encoding that was not asked for.

        Raises:
            RefusedError: ``body_too_large``, ``incomplete``, ``http_error``, or what ``judge`` says.
            BadAnswerError: what came is no chunk.
        """
        encoding = (head.first("content-encoding") or "identity").strip().lower() or "identity"
        if encoding != "identity" and encoding not in _WINDOW_BITS:
            raise RefusedError(
                "http_error", f"content encoding {encoding[:40]} was not asked for", 200
            )
        judge = self._judge if encoding == "identity" else _no_judge
        try:
            if head.length is not None:
                body = await self._of_length(reader, head.length, judge)
            else:
                body = await self._growing(_pieces(reader, head.is_chunked), judge)
            if encoding != "identity":
                body = await self._plain(body, encoding)
            self._room.add(len(body) - self._held)
            self._held = 0
            return body
        finally:
            if self._held:
                self._room.give(self._held)
                self._held = 0

    async def _of_length(self, reader: asyncio.StreamReader, length: int, judge: Judge) -> bytes:
        if length > self._max_bytes:
            detail = f"{length} bytes announced, at most {self._max_bytes}"
            raise RefusedError("body_too_large", detail, 200)
        await self._take(length)
        body = bytearray()
        try:
            if length <= FIRST_BYTES:
                return await reader.readexactly(length)
            body += await reader.readexactly(FIRST_BYTES)
            judge(bytes(body))
            while len(body) < length:
                piece = await reader.read(min(_PIECE, length - len(body)))
                if not piece:
                    raise asyncio.IncompleteReadError(b"", length)
                body += piece
            return bytes(body)
        except asyncio.IncompleteReadError as error:
            came = len(body) + len(error.partial)
            raise RefusedError("incomplete", f"{came} of {length} bytes came", 200) from error

    async def _growing(self, pieces: AsyncIterator[bytes], judge: Judge) -> bytes:
        """Read a body of unknown length.

        It takes room as it grows; where none is left it waits to be the one that may go on without.
        """
        await self._take(FIRST_BYTES)
        body, is_judged, is_the_one = bytearray(), False, False
        try:
            async for piece in pieces:
                body += piece
                if len(body) > self._max_bytes:
                    raise RefusedError("body_too_large", f"more than {self._max_bytes} bytes", 200)
                if len(body) > FIRST_BYTES and not is_judged:
                    is_judged = True
                    judge(bytes(body[:FIRST_BYTES]))
                if len(body) > self._held and not is_the_one:
                    if self._room.has(len(body)):
                        self._held += len(body)
                    else:
                        await self._standing_still(self._room.growing.acquire())
                        is_the_one = True
            return bytes(body)
        finally:
            if is_the_one:
                self._room.growing.release()

    async def _plain(self, body: bytes, encoding: str) -> bytes:
        await self._standing_still(self._room.growing.acquire())
        try:
            return _inflated(body, encoding, self._max_bytes)
        finally:
            self._room.growing.release()

    async def _take(self, count: int) -> None:
        if not self._room.has(count):
            await self._standing_still(self._room.take(count))
        self._held += count

    async def _standing_still(self, wait: Awaitable[object]) -> None:
        """Wait for our own memory: the server is not to blame for that time."""
        loop, until = asyncio.get_running_loop(), self._clock.when()
        left = None if until is None else until - loop.time()
        self._clock.reschedule(None)
        try:
            await wait
        finally:
            self._clock.reschedule(None if left is None else loop.time() + left)


async def _pieces(reader: asyncio.StreamReader, is_chunked: bool) -> AsyncIterator[bytes]:
    if not is_chunked:
        while piece := await reader.read(_PIECE):
            yield piece
        return
    try:
        while left := chunk_bytes(await reader.readuntil(b"\r\n")):
            while left:
                piece = await reader.readexactly(min(left, _PIECE))
                left -= len(piece)
                yield piece
            if await reader.readexactly(2) != b"\r\n":
                raise BadAnswerError("a chunk without an end")
        for _ in range(_MOST_TRAILERS):
            if await reader.readuntil(b"\r\n") == b"\r\n":
                return
    except asyncio.IncompleteReadError as error:
        raise RefusedError("incomplete", "a chunked body ended early", 200) from error
    except asyncio.LimitOverrunError as error:
        raise BadAnswerError("a chunk's line without an end") from error
    raise BadAnswerError("trailers without an end")


def _inflated(body: bytes, encoding: str, max_bytes: int) -> bytes:
    inflater = zlib.decompressobj(_WINDOW_BITS[encoding])
    try:
        plain = inflater.decompress(body, max_bytes + 1)
    except zlib.error as error:
        raise RefusedError("http_error", f"broken {encoding} body", 200) from error
    if len(plain) > max_bytes:
        raise RefusedError("body_too_large", f"more than {max_bytes} bytes when inflated", 200)
    if not inflater.eof:
        raise RefusedError("incomplete", f"the {encoding} body ends early", 200)
    return plain


def _no_judge(_first: bytes) -> None:
    """What is compressed shows no picture's header."""

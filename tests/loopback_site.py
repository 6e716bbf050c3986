"""A site of many hosts on the loopback, for tests and benchmarks: good pictures and every trouble.

The addresses 127.0.0.1, 127.0.0.2 and so on are its hosts; the last of them take connections and never
answer. What a path gives is its first part: see ``_ANSWERS``. Started as a script it prints its port
and serves until its standard input is closed.
"""

import argparse
import asyncio
import hashlib
import io
import json
import sys
import threading
from collections import Counter
from collections.abc import Callable

import numpy as np
from PIL import Image

from realsyn_lib.fetch.tdmrep import TDMREP_PATH

DISALLOWED = b"User-agent: *\nDisallow: /private/\n"
_BASES = 64
_MOST_REQUEST_BYTES = 16384


def picture_bytes(number: int, side_px: int = 256) -> bytes:
    """Return a JPEG of its own for each number: one of 64 pictures, and a comment with the number."""
    base = _base(number % _BASES, side_px)
    comment = f"picture {number}".encode()
    return base[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + base[2:]


def _base(seed: int, side_px: int, _made: dict[tuple[int, int], bytes] = {}) -> bytes:  # noqa: B006
    if (seed, side_px) not in _made:
        rough = np.random.default_rng(seed).integers(0, 256, (32, 32, 3), dtype=np.uint8)
        sink = io.BytesIO()
        Image.fromarray(rough).resize((side_px, side_px)).save(sink, "jpeg", quality=90)
        _made[seed, side_px] = sink.getvalue()
    return _made[seed, side_px]


def _answer(body: bytes, status: str = "200 OK", *fields: str, length: int | None = None) -> bytes:
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}"]
    return "\r\n".join([*head, *fields, "", ""]).encode() + body


class LoopbackSite:
    """Hosts of one port. ``seen`` counts requests by (host, path), ``connections`` by host,
    ``most_open`` how many of them there were at once.

    ``is_mended`` lets hosts that never answered, and addresses that hung or broke off, be good.
    """

    def __init__(self, hosts: int, silent: int = 0) -> None:
        addresses = [f"127.0.0.{number + 1}" for number in range(hosts)]
        self.hosts, self.silent = addresses[: hosts - silent], addresses[hosts - silent :]
        self.seen: Counter[tuple[str, str]] = Counter()
        self.connections: Counter[str] = Counter()
        self.open: Counter[str] = Counter()
        self.most_open: Counter[str] = Counter()
        self.is_mended = False
        self.port = 0
        self._placeholder = picture_bytes(10**9)
        self._answers: dict[str, Callable[[int], bytes | None]] = {
            "robots.txt": lambda _n: _answer(DISALLOWED),
            "good": lambda n: _answer(picture_bytes(n)),
            "private": lambda n: _answer(picture_bytes(n)),
            "gone": lambda _n: _answer(b"no such picture", "404 Not Found"),
            "optout": lambda n: _answer(picture_bytes(n), "200 OK", "X-Robots-Tag: noai"),
            "placeholder": lambda _n: _answer(self._placeholder),
            "short": lambda n: _answer(picture_bytes(n)[:5000], length=len(picture_bytes(n))),
            "hang": lambda _n: None,
            "_counts": lambda _n: _answer(json.dumps(self.counts()).encode()),
        }

    def url(self, host: str, path: str) -> str:
        """Return the address of a path on a host."""
        return f"http://{host}:{self.port}/{path}"

    def counts(self) -> dict[str, int]:
        """Return how often each path was asked for, by host, without what hosts say of all paths."""
        found: Counter[str] = Counter()
        for (host, path), count in self.seen.items():
            if path not in ("/robots.txt", TDMREP_PATH):
                found[f"{host}{path}"] += count
        return dict(found)

    def reply(self, host: str, path: str) -> bytes | None:
        """Return the whole answer, None for silence."""
        self.seen[host, path] += 1
        kind, _, rest = path.strip("/").partition("/")
        number = int(hashlib.sha256(rest.encode()).hexdigest()[:12], 16)
        if self.is_mended and kind in ("hang", "short"):
            kind = "good"
        if host in self.silent and not self.is_mended and kind != "_counts":
            return None
        make = self._answers.get(kind, self._answers["gone"])
        return make(number)

    async def serve(self, until: asyncio.Event, started: Callable[[], None]) -> None:
        """Serve until the event is set."""
        loop = asyncio.get_running_loop()
        servers = []
        for address in [*self.hosts, *self.silent]:
            server = await loop.create_server(
                lambda: _Connection(self), address, self.port, backlog=1024
            )
            self.port = server.sockets[0].getsockname()[1]
            servers.append(server)
        started()
        await until.wait()
        for server in servers:
            server.close()

    def __enter__(self) -> "LoopbackSite":
        ready, self._until = threading.Event(), asyncio.Event()

        async def serve() -> None:
            self._loop = asyncio.get_running_loop()
            await self.serve(self._until, ready.set)

        self._thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
        self._thread.start()
        assert ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._until.set)
        self._thread.join()


class _Connection(asyncio.Protocol):
    def __init__(self, site: LoopbackSite) -> None:
        self._site = site
        self._came = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._host = transport.get_extra_info("sockname")[0]
        site, host = self._site, self._host
        site.connections[host] += 1
        site.open[host] += 1
        site.most_open[host] = max(site.most_open[host], site.open[host])

    def connection_lost(self, error: Exception | None) -> None:
        self._site.open[self._host] -= 1

    def data_received(self, data: bytes) -> None:
        self._came += data
        while b"\r\n\r\n" in self._came:
            head, _, self._came = self._came.partition(b"\r\n\r\n")
            path = head.split(b" ", 2)[1].decode("latin-1")
            answer = self._site.reply(self._host, path)
            if answer is None:
                return
            self._transport.write(answer)
            is_cut = path.startswith("/short/") and not self._site.is_mended
            if is_cut or b"\nconnection: close" in head.lower():
                self._transport.close()
                return
        if len(self._came) > _MOST_REQUEST_BYTES:
            self._transport.abort()


async def _serve_until_closed(site: LoopbackSite) -> None:
    until, loop = asyncio.Event(), asyncio.get_running_loop()

    def watch() -> None:
        sys.stdin.read()
        loop.call_soon_threadsafe(until.set)

    threading.Thread(target=watch, daemon=True).start()
    await site.serve(until, lambda: print(site.port, flush=True))


def main() -> None:
    """Serve as a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, default=40)
    parser.add_argument("--silent", type=int, default=0)
    arguments = parser.parse_args()
    for number in range(_BASES):
        _base(number, 256)
    asyncio.run(_serve_until_closed(LoopbackSite(arguments.hosts, arguments.silent)))


if __name__ == "__main__":
    main()

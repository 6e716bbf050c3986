"""A proxy before an object store that loses answers, fails, or asks to slow down, as it is told to."""

import contextlib
import http.client
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

COMMIT = re.compile(r"/_delta_log/\d{20}\.json$")
_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "expect", "content-length"}
_FAILED = {500: "InternalError", 503: "SlowDown"}


@dataclass(frozen=True)
class Asked:
    """A request: its method, its path, and how often the two came before."""

    method: str
    path: str
    before: int


# Says what becomes of a request: None, "lost" (done, and never answered), or a status (not done).
Fault = Callable[[Asked], "str | int | None"]


@dataclass
class Faults:
    """The rule, and what came of it: faults by kind, and requests by method and path."""

    rule: Fault
    given: Counter[str] = field(default_factory=Counter)
    seen: Counter[tuple[str, str]] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, method: str, path: str) -> str | int | None:
        """Return what becomes of a request, and count it."""
        with self.lock:
            before = self.seen[method, path]
            self.seen[method, path] += 1
            fault = self.rule(Asked(method, path, before))
            if fault is not None:
                self.given[str(fault)] += 1
            return fault


class _Proxy(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, behind: str, faults: Faults) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behind, self.faults = urlsplit(behind).netloc, faults


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Proxy

    def _passed_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.server.faults.of(self.command, urlsplit(self.path).path)
        if isinstance(fault, int):
            self._refused(fault)
            return
        answer = self._asked(body)
        if fault == "lost":
            self.close_connection = True
            return
        with contextlib.suppress(ConnectionError):
            self._told(*answer)

    def _asked(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        behind = http.client.HTTPConnection(self.server.behind, timeout=60)
        kept = {k: v for k, v in self.headers.items() if k.lower() not in _HOP_BY_HOP}
        try:
            behind.request(self.command, self.path, body, kept | {"Content-Length": str(len(body))})
            answer = behind.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            behind.close()

    def _told(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status)
        length = str(len(body))
        for name, value in headers:
            if name.lower() == "content-length":
                length = value  # of HEAD: of what a GET would bring
            elif name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", length)
        self.end_headers()
        self.wfile.write(body)

    def _refused(self, status: int) -> None:
        code = _FAILED[status]
        body = f"<Error><Code>{code}</Code><Message>try again</Message></Error>".encode()
        with contextlib.suppress(ConnectionError):
            self._told(
                status,
                [("Content-Type", "application/xml")],
                b"" if self.command == "HEAD" else body,
            )

    def log_message(self, *_arguments: object) -> None:
        """Print nothing."""


for _method in ("GET", "HEAD", "PUT", "POST", "DELETE"):
    setattr(_Handler, f"do_{_method}", _Handler._passed_on)


@contextlib.contextmanager
def faulty_proxy(behind: str, rule: Fault) -> Iterator[tuple[str, Faults]]:
    """Run a proxy before the store at ``behind`` for the time of the block; yields its address."""
    faults = Faults(rule)
    with _Proxy(behind, faults) as proxy:
        serving = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.05})
        serving.start()
        try:
            yield f"http://127.0.0.1:{proxy.server_address[1]}", faults
        finally:
            proxy.shutdown()
            serving.join()


def lost_commits(asked: Asked) -> str | None:
    """The answer to the first try of every commit is lost: it is done, and nobody is told."""
    is_first = asked.method == "PUT" and not asked.before and COMMIT.search(asked.path)
    return "lost" if is_first else None


def failing(status: int, every: int) -> Fault:
    """Every so manyth request fails with a status, whatever it asks for and however often it came."""
    count = iter(range(1, 2**62))

    def rule(_asked: Asked) -> int | None:
        return status if next(count) % every == 0 else None

    return rule

"""A server of the OpenAI protocol on this machine that misbehaves as each prompt is told to."""

import contextlib
import json
import socket
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from realsyn_lib.models.source import ServerSource
from udfs.models.generator import Message
from udfs.models.server_generator import ServerGenerator


def completion(text: str, reason: str = "stop") -> bytes:
    choice = {"message": {"content": f" {text} "}, "finish_reason": reason}
    return json.dumps({"choices": [choice]}).encode()


class FaultyServer(ThreadingHTTPServer):
    """Answers with the prompt in capitals; ``faults[text]`` are done first, one a request.

    A fault is a status, a status with Retry-After, a body, a word that ``_Handler`` knows, or a call
    after which no answer comes.
    """

    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.faults: dict[str, list[object]] = {}
        self.seen: list[dict] = []
        self.connections: set[tuple[str, int]] = set()
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}).start()

    def __enter__(self) -> "FaultyServer":
        return self

    def __exit__(self, *_error: object) -> None:
        self.shutdown()
        self.server_close()

    def prompt_came(self) -> None:
        """Do nothing; a server that takes its time does."""

    def asked(self, text: str) -> int:
        """How often a prompt came."""
        return sum(seen["body"]["messages"][-1]["content"] == text for seen in self.seen)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FaultyServer

    def do_GET(self):
        self.answer(200, b'{"data": []}')

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen.append({"body": body, "key": self.headers["Authorization"]})
        self.server.connections.add(self.client_address)
        self.server.prompt_came()
        text = body["messages"][-1]["content"]
        fault = (self.server.faults.get(text) or [None]).pop(0)
        if isinstance(fault, int):
            self.answer(fault, b"no", {})
        elif isinstance(fault, tuple):
            self.answer(fault[0], b"no", {"Retry-After": fault[1]})
        elif isinstance(fault, bytes):
            self.answer(200, fault)
        elif fault == "reset":
            self.begin(200, 1000)
            self.wfile.write(b'{"choices"')
            self.wfile.flush()
            linger = struct.pack("ii", 1, 0)  # the close is a reset
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.close_connection = True
        elif fault == "cut":
            self.begin(200, 1000)
            self.wfile.write(b'{"choices"')
            self.close_connection = True
        elif callable(fault):
            fault()
            self.close_connection = True
        elif fault == "hang":
            time.sleep(0.5)  # longer than the client waits
            self.close_connection = True
        else:
            self.answer(200, completion(text.upper()))

    def begin(self, status: int, length: int, headers: dict[str, str] | None = None):
        self.send_response(status)
        self.send_header("Content-Length", str(length))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()

    def answer(self, status: int, data: bytes, headers: dict[str, str] | None = None):
        self.begin(status, len(data), headers)
        with contextlib.suppress(ConnectionError):
            self.wfile.write(data)

    def log_message(self, *_):
        pass


def generator_at(port: int, **more: float) -> ServerGenerator:
    source = ServerSource(
        kind="server",
        base_url=f"http://127.0.0.1:{port}/v1/",
        served_model="big",
        revision="1",
        api_key_env="TEST_KEY",
        **{"timeout_s": 5, "server_wait_s": 5} | more,
    )
    return ServerGenerator(source, "big", "digest")


def prompts(*texts: str) -> list[list[Message]]:
    return [[Message("user", text)] for text in texts]

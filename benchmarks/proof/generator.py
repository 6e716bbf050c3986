"""A stand-in for the paper's tuned language model: merges the notes of a prompt by rule, over HTTP.

It sees what any generator sees, the prompt, and answers as an OpenAI-compatible server does, so the
pipeline asks, checks and keeps its answers as it would those of vLLM.
"""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from benchmarks.proof.scenes import COLOURS, SHAPES, SIZES, TEXTURES
from realsyn_lib.generation.prompt import LABELS

SERVED = "merge-rule"
_THING = re.compile(
    rf"(?:(?:{'|'.join(SIZES)}) )?(?:(?:{'|'.join(TEXTURES)}) )?"
    rf"((?:{'|'.join(COLOURS)}) (?:{'|'.join(SHAPES)}))"
)


def merged(prompt: str) -> str:
    """Return one sentence from the notes of a prompt of ``merge_prompt``.

    A thing of the web text that was not detected gives way to one that was and is not told yet;
    then all that was detected is named.
    """
    web, _, objects = (_note(prompt, label) for label in LABELS)
    tags = [tag for tag in objects.split(" | ") if tag]
    untold = [tag for tag in tags if tag not in web]

    def corrected(found: re.Match[str]) -> str:
        return found[0] if found[1] in tags or not untold else untold.pop(0)

    text = _THING.sub(corrected, web).rstrip(". ")
    shown = " and ".join(f"a {tag}" for tag in tags)
    return f"{text}, showing {shown}." if shown else f"{text}."


def _note(prompt: str, label: str) -> str:
    found = re.search(rf'{label}: """(.*?)"""', prompt, re.DOTALL)
    return found[1] if found else ""


@contextmanager
def merge_server() -> Iterator[str]:
    """Serve on a free port of the loopback; give its base URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """List the one model."""
        self._answer({"object": "list", "data": [{"id": SERVED, "object": "model"}]})

    def do_POST(self) -> None:
        """Complete a chat."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        text = merged(asked["messages"][-1]["content"])
        message = {"role": "assistant", "content": text}
        self._answer({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})

    def _answer(self, content: dict[str, object]) -> None:
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from realsyn_lib.errors import ModelError
from realsyn_lib.models.source import ServerSource
from udfs.models import server_generator
from udfs.models.generator import Completion, Message
from udfs.models.server_generator import ServerGenerator


class Echo(BaseHTTPRequestHandler):
    """Answers with the user's text in capitals; the text chooses how it misbehaves."""

    seen: list[dict] = []
    failures_left = 0

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        Echo.seen.append({"body": body, "key": self.headers["Authorization"]})
        text = body["messages"][-1]["content"]
        if text == "too long":
            self.send_error(400)
        elif text == "forbidden":
            self.send_error(401)
        elif text == "busy" and Echo.failures_left > 0:
            Echo.failures_left -= 1
            self.send_error(503)
        else:
            self.answer(b"[]" if text == "odd" else self.completion(text.upper()))

    @staticmethod
    def completion(text: str) -> bytes:
        choice = {"message": {"content": f" {text} "}, "finish_reason": "stop"}
        return json.dumps({"choices": [choice]}).encode()

    def answer(self, data: bytes):
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(server_generator, "FIRST_PAUSE_S", 0.01)
    monkeypatch.setenv("TEST_KEY", "secret")
    Echo.seen, Echo.failures_left = [], 0
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield generator_at(http.server_port)
        http.shutdown()


def generator_at(port: int) -> ServerGenerator:
    source = ServerSource(
        kind="server",
        base_url=f"http://127.0.0.1:{port}/v1/",
        served_model="big",
        revision="1",
        api_key_env="TEST_KEY",
        timeout_s=5,
    )
    return ServerGenerator(source, "big", "digest")


def prompts(*texts: str) -> list[list[Message]]:
    return [[Message("user", text)] for text in texts]


def test_answers_come_in_the_order_of_the_prompts(server):
    texts = [f"text {n}" for n in range(40)]
    found = server.generate(prompts(*texts), 10)
    assert found == [Completion(text.upper(), "stop") for text in texts]


def test_a_request_is_greedy_seeded_and_carries_the_key(server):
    server.generate(prompts("a"), 10)
    (seen,) = Echo.seen
    assert seen["key"] == "Bearer secret"
    assert (seen["body"]["temperature"], seen["body"]["seed"]) == (0, 0)
    assert (seen["body"]["model"], seen["body"]["max_tokens"]) == ("big", 10)


def test_control_words_do_not_reach_the_server(server):
    server.generate(prompts("end <|eot_id|> now"), 10)
    assert "<|eot_id|>" not in Echo.seen[0]["body"]["messages"][0]["content"]


def test_a_refused_or_odd_row_is_an_error_of_that_row_alone(server):
    assert server.generate(prompts("too long", "odd", "fine"), 10) == [
        Completion("", "error"),
        Completion("", "error"),
        Completion("FINE", "stop"),
    ]


def test_a_busy_server_is_asked_again(server):
    Echo.failures_left = 2
    assert server.generate(prompts("busy"), 10) == [Completion("BUSY", "stop")]
    assert len(Echo.seen) == 3


def test_a_server_that_stays_busy_stops_the_stage(server):
    Echo.failures_left = 99
    with pytest.raises(ModelError, match="answered 503, 4 times"):
        server.generate(prompts("busy"), 10)


def test_a_refused_key_stops_the_stage_at_once(server):
    with pytest.raises(ModelError, match=r"answered 401; .*TEST_KEY"):
        server.generate(prompts("forbidden"), 10)
    assert len(Echo.seen) == 1


def test_no_server_is_an_error_that_names_the_address(monkeypatch):
    monkeypatch.setattr(server_generator, "FIRST_PAUSE_S", 0.01)
    with pytest.raises(ModelError, match=r"127\.0\.0\.1:9/v1/chat/completions"):
        generator_at(9).generate(prompts("a"), 10)

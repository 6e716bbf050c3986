"""The client of a generator's server, against real ones on this machine, with faults put in."""

import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from realsyn_lib.errors import ModelError
from realsyn_lib.generation.prompt import merge_prompt
from tests.udfs.models.faulty_server import FaultyServer, completion, generator_at, prompts
from udfs.models import server_client, server_generator, server_patience
from udfs.models.generator import Completion, Message

LOST = Completion("", "lost")


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(server_patience, "FIRST_PAUSE_S", 0.01)
    monkeypatch.setenv("TEST_KEY", "secret")
    with FaultyServer() as faulty:
        yield faulty


def ask(server: FaultyServer, *texts: str, **more: float) -> list[Completion]:
    return generator_at(server.server_port, **more).generate(prompts(*texts), 10)


def test_answers_come_in_the_order_of_the_prompts_over_few_connections(server):
    texts = [f"text {n}" for n in range(40)]
    found = ask(server, *texts, parallel_requests=4)
    assert found == [Completion(text.upper(), "stop") for text in texts]
    assert len(server.connections) <= 4


def test_a_request_is_greedy_seeded_and_carries_the_key(server):
    ask(server, "a")
    (seen,) = server.seen
    assert seen["key"] == "Bearer secret"
    assert (seen["body"]["temperature"], seen["body"]["seed"]) == (0, 0)
    assert (seen["body"]["model"], seen["body"]["max_tokens"]) == ("big", 10)


def test_control_words_do_not_reach_the_server(server):
    ask(server, "end <|eot_id|> now")
    assert "<|eot_id|>" not in server.seen[0]["body"]["messages"][0]["content"]


@pytest.mark.parametrize(
    "fault", [400, 413, 422, b"[]", b'{"choices": []}', completion("", "tool_calls")]
)
def test_a_refused_or_odd_row_is_an_error_of_that_row_alone_and_not_asked_again(server, fault):
    server.faults["bad"] = [fault]
    assert ask(server, "bad", "fine") == [Completion("", "error"), Completion("FINE", "stop")]
    assert server.asked("bad") == 1


def test_an_answer_that_never_ends_is_an_error_of_that_row(server, monkeypatch):
    monkeypatch.setattr(server_client, "MAX_ANSWER_BYTES", 2000)
    server.faults["long"] = [completion("x" * 3000)]
    assert ask(server, "long", "fine") == [Completion("", "error"), Completion("FINE", "stop")]


@pytest.mark.parametrize("fault", [408, 429, 500, 502, 503, 504, "reset", "cut", "hang", b'{"cho'])
def test_a_passing_fault_costs_a_retry_and_no_answer(server, fault):
    server.faults["busy"] = [fault] * 2
    assert ask(server, "busy", timeout_s=0.2) == [Completion("BUSY", "stop")]
    assert server.asked("busy") == 3


@pytest.mark.parametrize("fault", [500, "reset", "hang"])
def test_a_prompt_that_the_server_always_fails_at_is_lost_alone(server, fault):
    server.faults["poison"] = [fault] * 99
    found = ask(server, "poison", "fine", timeout_s=0.2)
    assert found == [LOST, Completion("FINE", "stop")]
    assert server.asked("poison") == server_generator.ATTEMPTS


def test_a_server_that_fails_at_every_prompt_stops_the_stage(server, monkeypatch):
    monkeypatch.setattr(server_generator, "MAX_LOST_IN_A_ROW", 2)
    server.faults |= {text: [500] * 99 for text in "abcd"}
    with pytest.raises(ModelError, match=r"answered none of 2 prompts in a row \(answered 500\)"):
        ask(server, "a", "b", "c", "d", parallel_requests=1)


def test_prompts_are_counted_over_calls_and_an_answer_begins_anew(server, monkeypatch):
    monkeypatch.setattr(server_generator, "MAX_LOST_IN_A_ROW", 2)
    server.faults |= {text: [400] * 9 for text in "abcd"}
    generator = generator_at(server.server_port, parallel_requests=1)
    refused = Completion("", "error")
    assert generator.generate(prompts("a", "b", "fine"), 10)[:2] == [refused, refused]
    assert generator.generate(prompts("c"), 10) == [refused]
    assert generator.generate(prompts("d"), 10) == [refused]
    with pytest.raises(ModelError, match=r"none of 2 prompts in a row \(answered 400: no\)"):
        generator.generate(prompts("a"), 10)


def test_answers_that_are_no_text_are_refused_or_mended(server):
    server.faults |= {"deep": [b"[" * 100_000] * 9, "half": [completion("A \ud83d")]}
    found = ask(server, "deep", "half")
    assert found == [LOST, Completion("A ?", "stop")]


def test_a_key_of_two_lines_is_refused_without_being_shown(server, monkeypatch):
    monkeypatch.setenv("TEST_KEY", "sk-hidden\n")
    assert ask(server, "a") == [Completion("A", "stop")]
    assert server.seen[0]["key"] == "Bearer sk-hidden"
    monkeypatch.setenv("TEST_KEY", "sk-hidden\nX: 1")
    with pytest.raises(ModelError, match="TEST_KEY holds more than one line") as refused:
        ask(server, "a")
    assert "hidden" not in str(refused.value)


def test_a_refused_key_stops_the_stage_at_once(server):
    server.faults["a"] = [401]
    with pytest.raises(ModelError, match=r"answered 401; .*TEST_KEY"):
        ask(server, "a")
    assert len(server.seen) == 1


def test_a_server_that_stays_busy_stops_the_stage_after_the_wait(server):
    server.faults["busy"] = [503] * 9999
    begun = time.monotonic()
    with pytest.raises(ModelError, match=r"answered 503, for 0.3 s; .*"):
        ask(server, "busy", server_wait_s=0.3)
    assert 0.3 <= time.monotonic() - begun < 10


def test_a_server_that_is_not_there_stops_the_stage_and_is_named():
    with FaultyServer() as gone:
        port = gone.server_port
    begun = time.monotonic()
    with pytest.raises(ModelError, match=rf"http://127\.0\.0\.1:{port}/v1/ .*refused.*0.2 s"):
        generator_at(port, server_wait_s=0.2).generate(prompts("a", "b"), 10)
    assert time.monotonic() - begun < 10


def test_a_server_that_restarts_is_waited_for(server):
    port = server.server_port
    found: list[list[Completion]] = []
    server.faults["a"] = ["reset"]
    server.shutdown()
    server.server_close()
    asking = threading.Thread(
        target=lambda: found.append(generator_at(port).generate(prompts("a", "b"), 10))
    )
    asking.start()
    asking.join(0.2)
    assert asking.is_alive()
    with FaultyServer(port):
        asking.join(30)
    assert found == [[Completion("A", "stop"), Completion("B", "stop")]]


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_kept_to(server, form):
    at = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
    server.faults["later"] = [(429, "1" if form == "seconds" else at)]
    begun = time.monotonic()
    assert ask(server, "later") == [Completion("LATER", "stop")]
    assert time.monotonic() - begun >= 0.9


def test_a_retry_after_beyond_reason_is_cut(server, monkeypatch):
    monkeypatch.setattr(server_patience, "MAX_PAUSE_S", 0.05)
    server.faults["later"] = [(503, "86400")]
    assert ask(server, "later") == [Completion("LATER", "stop")]


def test_pauses_double_with_full_jitter(monkeypatch):
    monkeypatch.setattr(server_patience.random, "random", lambda: 0.5)
    pauses = [server_patience._pause_s(tries, None) for tries in (1, 2, 3, 4, 40)]
    assert pauses == [0.5, 1.0, 2.0, 4.0, server_patience.MAX_PAUSE_S]


@pytest.mark.models
def test_a_real_server_with_a_real_model_answers_as_the_model_in_this_process(models, monkeypatch):
    xllamacpp = pytest.importorskip("xllamacpp")
    from udfs.models.llama_cpp_generator import LlamaCppGenerator, _parameters

    name = "smollm2-135m-instruct"
    parameters = _parameters(models.folder(name), 1)
    parameters.api_keys = ["secret"]
    monkeypatch.setenv("TEST_KEY", "secret")
    served = xllamacpp.Server(parameters)
    port = int(served.listening_address.rsplit(":", 1)[1])
    tasks = [
        merge_prompt("The old mill stands by the river.", "A photo of a mill.", ["mill"]),
        merge_prompt("A hen scratches in the yard.", "A photo of a hen.", ["hen"]),
    ]
    asked = [[Message(turn.role, turn.text) for turn in task] for task in tasks]
    over_http = generator_at(port, timeout_s=60).generate(asked, 8)
    assert all(one.text for one in over_http)
    assert over_http == LlamaCppGenerator(models, name).generate(asked, 8)

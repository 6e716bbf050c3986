"""A generator behind a server, through Spark: workers are killed in mid-batch, servers are gone."""

import os
import signal
from pathlib import Path

import pytest

from realsyn_lib.generation.prompt import merge_prompt
from tests.jobs.asked_images import AskedImages
from tests.tiny_site import realsyn
from tests.udfs.models.faulty_server import FaultyServer

pytestmark = [pytest.mark.long, pytest.mark.spark, pytest.mark.models]

IMAGES = {
    number: (f"The {tag} stands in field {number}.", tag)
    for number, tag in enumerate(("mill", "cow", "barn", "oak", "fence", "tent"), start=1)
}
PROMPTS = {
    number: merge_prompt(text, f"A photo of a {tag}.", [tag])[-1].text
    for number, (text, tag) in IMAGES.items()
}
ENTRY = """
models:
  big-{port}:
    role: generator
    licence: own
    memory_mb: 0
    source:
      kind: server
      base_url: http://127.0.0.1:{port}/v1
      served_model: big
      revision: "1"
      parallel_requests: 1
      server_wait_s: 1
"""


@pytest.fixture
def server(spark, monkeypatch, tmp_path):
    """A server, and an entry of models.yaml that names it, for the driver and its workers."""
    with FaultyServer() as faulty:
        file = tmp_path / "models.yaml"
        file.write_text(ENTRY.format(port=faulty.server_port), encoding="utf-8")
        monkeypatch.setenv("REALSYN_MODELS_FILE", str(file))
        monkeypatch.setitem(spark.sparkContext.environment, "REALSYN_MODELS_FILE", str(file))
        yield faulty


def kill_workers(models_file: Path) -> None:
    """SIGKILL the Python workers that were started with a models file, not the daemon they fork from."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            is_ours = str(models_file).encode() in (entry / "environ").read_bytes()
            if is_ours and _command(entry) == _command(Path("/proc") / _parent(entry)):
                os.kill(int(entry.name), signal.SIGKILL)
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue  # it ended while we looked, or is another user's


def _command(process: Path) -> bytes:
    return (process / "cmdline").read_bytes()


def _parent(process: Path) -> str:
    return (process / "stat").read_text().rpartition(")")[2].split()[1]


def test_workers_killed_in_mid_batch_lose_nothing_and_repeat_one_batch(spark, server, tmp_path):
    asked = AskedImages(spark, tmp_path / "warehouse")
    asked.publish(IMAGES)
    before: list[int] = []

    def die() -> None:
        before.append(len(server.seen))
        kill_workers(tmp_path / "models.yaml")

    server.faults[PROMPTS[4]] = [die]
    assert asked.generate("--set", f"models.generator=big-{server.server_port}") == 0
    kept = {answer for (answer,) in asked.rows("llm_answers", "answer")}
    assert kept == {prompt.upper() for prompt in PROMPTS.values()}
    assert len(asked.rows("synthetic_texts", "image_id")) == len(IMAGES)
    counts = [server.asked(prompt) for prompt in PROMPTS.values()]
    assert server.asked(PROMPTS[4]) == 2
    assert max(counts) == 2
    assert sum(counts) - len(IMAGES) <= before[0] + 1  # the other task may have been asking, too


def test_a_server_that_dies_in_mid_batch_and_is_started_again_costs_one_repeat(
    spark, server, tmp_path
):
    asked = AskedImages(spark, tmp_path / "warehouse")
    asked.publish(IMAGES)
    servers = [server]

    def die() -> None:
        server.shutdown()
        server.server_close()
        servers.append(FaultyServer(server.server_port))

    server.faults[PROMPTS[4]] = [die]
    assert asked.generate("--set", f"models.generator=big-{server.server_port}") == 0
    with servers[1] as revived:
        kept = {answer for (answer,) in asked.rows("llm_answers", "answer")}
        assert kept == {prompt.upper() for prompt in PROMPTS.values()}
        counts = {n: sum(s.asked(prompt) for s in servers) for n, prompt in PROMPTS.items()}
        assert counts == dict.fromkeys(PROMPTS, 1) | {4: 2}
        assert revived.asked(PROMPTS[4]) == 1


def test_a_server_that_is_gone_ends_the_stage_and_names_it(spark, server, tmp_path, capsys):
    asked = AskedImages(spark, tmp_path / "warehouse")
    asked.publish(IMAGES)
    server.shutdown()
    server.server_close()
    assert asked.generate("--set", f"models.generator=big-{server.server_port}") == 2
    told = capsys.readouterr().err
    assert f"http://127.0.0.1:{server.server_port}/v1" in told
    assert "check that the server runs" in told
    assert asked.rows("llm_answers", "answer") == []


def test_a_refused_task_counts_once_among_those_of_an_instruction_set(
    spark, server, tmp_path, capsys
):
    asked = AskedImages(spark, tmp_path / "warehouse")
    asked.publish(IMAGES)
    server.faults[PROMPTS[2]] = [400]
    teacher = f"big-{server.server_port}"
    command = ("instructions", "--warehouse", asked.folder, "--to", tmp_path / "set")
    assert realsyn(*command, "--teacher", teacher) == 3  # the teacher repeats its prompts
    assert f"of 6 tasks no answer of {teacher} passed the check" in capsys.readouterr().err
    assert len(asked.rows("llm_answers", "answer")) == 5

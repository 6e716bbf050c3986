"""One copy of a model in a worker, and none that does not fit beside what a GPU holds."""

import json
from collections import Counter

import numpy as np
import pytest
import torch

from jobs.embed_sentences import transform as embed_sentences
from jobs.model_tasks import map_model
from realsyn_lib.errors import ModelError
from realsyn_lib.tables import SENTENCES
from tests.frames import frame
from tests.tiny_models import encoder_entry, tiny_clip
from tests.udfs.test_device import task_with
from udfs import gpu_room, worker_models
from udfs.embed_texts import embed_texts
from udfs.gpu_room import WORK_MB, require_room, room_for
from udfs.worker_models import ModelUse, worker_model

MB = 2**20


@pytest.fixture
def gpu(monkeypatch, tmp_path):
    """Return a function that says how much memory a card has free, call by call."""
    monkeypatch.setattr(gpu_room.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)

    def frees(*free_mb: int) -> None:
        answers = iter(free_mb)
        monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _: (next(answers) * MB, 16000 * MB))

    return frees


def test_a_model_that_just_fits_is_loaded_and_one_that_does_not_is_refused():
    require_room("large", 10_000, "cuda:0", 10_000 + WORK_MB, 16_000)
    with pytest.raises(ModelError, match="large: takes 10000 MB and 1536 MB") as caught:
        require_room("large", 10_000, "cuda:0", 9_999 + WORK_MB, 16_000)
    assert "cuda:0 has 11535 MB free of 16000" in str(caught.value)
    assert "resources.gpus_per_task=1" in str(caught.value)
    assert caught.value.exit_code == 2


def test_other_models_are_let_go_of_before_one_is_refused(gpu):
    let_go = []
    gpu(1_000, 12_000)
    with room_for("large", 10_000, "cuda:0", lambda: let_go.append("others")):
        assert let_go == ["others"]
    gpu(1_000, 1_000)
    with (
        pytest.raises(ModelError, match="1000 MB free"),
        room_for("large", 10_000, "cuda:0", lambda: let_go.append("others")),
    ):
        raise AssertionError("must not be loaded")
    gpu(12_000)
    with room_for("large", 10_000, "cuda:0", lambda: let_go.append("too early")):
        assert let_go == ["others", "others"]


def test_what_this_task_uses_is_kept_and_what_another_used_is_let_go_of(monkeypatch):
    loads: list[str] = []

    def load_named(context: object, name: str) -> str:
        loads.append(name)
        return name

    first, second = ModelUse("gpt2-large"), ModelUse("blip-base")
    task_with(monkeypatch, None, attempt=1)
    worker_model(first, load_named)
    task_with(monkeypatch, None, attempt=2)
    worker_model(second, load_named)
    worker_models._let_go()
    assert [worker_model(use, load_named) for use in (second, first)] == ["blip-base", "gpt2-large"]
    assert loads == ["gpt2-large", "blip-base", "gpt2-large"]


def test_a_gpu_that_torch_does_not_see_is_said_aloud(monkeypatch, capsys):
    task_with(monkeypatch, ["2"])
    worker_models._say_fallback("gpt2-large", "cpu")
    assert "gpt2-large computes on the CPU although the task has GPU 2" in capsys.readouterr().err
    task_with(monkeypatch, None)
    worker_models._say_fallback("gpt2-large", "cpu")
    assert capsys.readouterr().err == ""


@pytest.mark.spark
def test_two_stages_of_one_query_load_a_model_once(spark, tmp_path, monkeypatch):
    """New variables of the environment give the query Python workers of its own."""
    entry = encoder_entry(tiny_clip(tmp_path / "clip"))
    file, times = tmp_path / "models.yaml", tmp_path / "times"
    file.write_text(f"models: {{own: {{licence: own, memory_mb: 1, {entry}}}}}")
    times.mkdir()
    for name, value in (("REALSYN_MODELS_FILE", file), ("REALSYN_MODEL_TIMES", times)):
        monkeypatch.setitem(spark.sparkContext.environment, name, str(value))
    use = ModelUse("own")
    rows = frame(spark, SENTENCES, [{"sentence_id": n, "text": f"Page {n}."} for n in range(9)])
    first = embed_sentences(rows, use, tasks=1)
    again = rows.select("sentence_id", "text").join(first.select("sentence_id"), "sentence_id")
    work = embed_texts(use, "sentence_id")
    schema = "sentence_id bigint, embedding binary, drop_reason string"
    both = map_model(again.repartition(1, "sentence_id"), work, schema, use).collect()
    assert len(both) == 9
    calls = Counter(json.loads(line)["call"] for path in times.iterdir() for line in path.open())
    assert calls["load"] == 1
    assert calls["embed_texts"] == 2
    assert np.frombuffer(both[0].embedding, np.float16).shape == (16,)

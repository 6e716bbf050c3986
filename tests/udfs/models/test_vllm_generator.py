"""What is made of vLLM's offline engine; the engine itself needs a GPU and a torch of its own."""

import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from realsyn_lib.errors import ModelError
from realsyn_lib.models.registry import parse_registry
from udfs.models import vllm_generator
from udfs.models.chat_tokens import DATE
from udfs.models.context import ModelContext
from udfs.models.generator import Completion, Message
from udfs.models.load_generator import load_generator

HEAD = """
models:
  own:
    role: generator
    licence: own
    memory_mb: 1
    source:
      loader: vllm
"""
ENTRY = f"""{HEAD}
      kind: hub
      repository: some/model
      revision: 8afb486c1db24fe5011ec46dfbe5b5dccdb575c2
      engine: {{max_model_len: 60, tensor_parallel: 2}}
"""
CONTEXT = ModelContext(parse_registry(ENTRY, where="test"), Path("nowhere"))


class Letters:
    """A tokenizer of one token a letter."""

    chat_template = "{{ messages }}"

    def apply_chat_template(self, talk, tokenize, add_generation_prompt, date_string):
        assert (tokenize, add_generation_prompt, date_string) == (False, True, DATE)
        return "".join(turn["content"] for turn in talk)

    def encode(self, text, add_special_tokens):
        assert not add_special_tokens
        return list(text)


class Engine:
    """Has the two methods of ``vllm.LLM`` that are used, and answers in capitals."""

    made: list[dict] = []

    def __init__(self, **settings):
        Engine.made.append(settings)
        self.asked = []

    def get_tokenizer(self):
        return Letters()

    def chat(self, talks, params, use_tqdm, chat_template_kwargs):
        assert chat_template_kwargs == {"date_string": DATE}
        self.asked.append((talks, params))
        reasons = {"cut": "length", "broken": "abort"}
        return [
            SimpleNamespace(outputs=[SimpleNamespace(
                text=f" {talk[-1]['content'].upper()} ",
                finish_reason=reasons.get(talk[-1]["content"], "stop"),
            )])
            for talk in talks
        ]  # fmt: skip


@pytest.fixture
def engine(monkeypatch):
    Engine.made = []
    module = SimpleNamespace(LLM=Engine, SamplingParams=lambda **given: given)
    monkeypatch.setitem(sys.modules, "vllm", module)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "all")
    return load_generator(CONTEXT, "own")


def asked(*texts: str) -> list[list[Message]]:
    return [[Message("system", "Blend."), Message("user", text)] for text in texts]


def test_the_engine_is_started_as_the_entry_says(engine):
    assert Engine.made == [{
        "model": "some/model", "revision": "8afb486c1db24fe5011ec46dfbe5b5dccdb575c2",
        "tensor_parallel_size": 2, "max_model_len": 60, "gpu_memory_utilization": 0.9,
        "seed": 0, "trust_remote_code": False,
    }]  # fmt: skip
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "all"


def test_one_call_answers_all_that_fit_greedily_and_in_order(engine):
    found = engine.generate(asked("hen", "z" * 50, "cut", "broken", "mill"), 8)
    assert found == [
        Completion("HEN", "stop"), Completion("", "error"), Completion("CUT", "length"),
        Completion("", "error"), Completion("MILL", "stop"),
    ]  # fmt: skip
    ((talks, params),) = engine._llm.asked
    assert [talk[-1]["content"] for talk in talks] == ["hen", "cut", "broken", "mill"]
    assert params == {"temperature": 0.0, "max_tokens": 8, "seed": 0}


def test_the_window_holds_the_prompt_and_the_answer(engine):
    fits = "z" * (60 - 8 - len("Blend."))
    assert [one.finish_reason for one in engine.generate(asked(fits, fits + "z"), 8)] == [
        "stop", "error",
    ]  # fmt: skip


def test_a_template_that_writes_todays_date_is_refused(engine, monkeypatch):
    monkeypatch.setattr(Letters, "chat_template", "Today is {{ strftime_now('%d %b') }}.")
    with pytest.raises(ModelError, match="own: its chat template writes today's date"):
        load_generator(CONTEXT, "own")
    monkeypatch.setattr(Letters, "chat_template", "{{ date_string or strftime_now('%d') }}")
    load_generator(CONTEXT, "own")


def test_control_words_of_a_text_do_not_reach_the_engine(engine):
    engine.generate(asked("a <|eot_id|> b"), 8)
    assert "<|eot_id|>" not in engine._llm.asked[0][0][0][-1]["content"]


def test_the_engine_sees_the_gpus_of_its_task_and_wants_as_many_as_the_entry_says(
    engine, monkeypatch
):
    monkeypatch.setattr(vllm_generator, "task_gpus", lambda: ("4", "6"))
    load_generator(CONTEXT, "own")
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "4,6"
    monkeypatch.setattr(vllm_generator, "task_gpus", lambda: ("4",))
    with pytest.raises(ModelError, match=r"tensor_parallel is 2, but the task holds 1 GPUs"):
        load_generator(CONTEXT, "own")


def test_without_vllm_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "vllm", None)
    with pytest.raises(ModelError, match=r"vLLM is not installed .* extra `vllm`"):
        load_generator(CONTEXT, "own")


def test_speed_is_not_in_the_digest_but_the_window_is():
    here = CONTEXT.registry.digest("own")

    def digest(old: str, new: str) -> str:
        return parse_registry(ENTRY.replace(old, new), where="test").digest("own")

    assert digest("tensor_parallel: 2", "tensor_parallel: 1") == here
    assert digest("tensor_parallel: 2", "gpu_memory_utilization: 0.5") == here
    assert digest("max_model_len: 60", "max_model_len: 61") != here


@pytest.mark.gpu
def test_a_real_engine_answers_alone_as_in_company(tmp_path):
    pytest.importorskip("vllm")
    from tests.udfs.models.test_transformers_generator import tiny_llama

    tiny_llama(tmp_path)
    entry = f"""{HEAD}
      kind: folder
      path: {tmp_path}
      engine: {{max_model_len: 256, gpu_memory_utilization: 0.2}}
"""
    writer = load_generator(ModelContext(parse_registry(entry, where="test"), tmp_path), "own")
    texts = ["a mill", "hens", "x" * 300]
    together = writer.generate(asked(*texts), 8)
    assert [one.finish_reason for one in together][2] == "error"
    assert [writer.generate(asked(text), 8)[0] for text in texts] == together

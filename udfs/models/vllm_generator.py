"""A generator inside the executor: vLLM's offline engine, one for each worker and its GPUs."""

from __future__ import annotations

import os
from typing import Any

from realsyn_lib.errors import ModelError
from realsyn_lib.models.control_words import neutralise
from realsyn_lib.models.source import FolderSource, HubSource, VllmEngine
from udfs.device import task_gpus
from udfs.models.chat_tokens import DATE, refuse_clock
from udfs.models.context import ModelContext
from udfs.models.generator import Completion, Message

Conversation = list[dict[str, str]]


class VllmGenerator:
    """Greedy chat through ``LLM.chat``; the engine batches what it is given by itself.

    vLLM tokenises a whole prompt with control words, so those of a text are neutralised.
    """

    prompts_at_once = 4096

    def __init__(self, context: ModelContext, name: str) -> None:
        self.name, self.digest = name, context.registry.digest(name)
        source = context.registry.get(name).source
        assert isinstance(source, HubSource | FolderSource)
        self._engine = source.engine or VllmEngine()
        self._params, self._llm = _open(context, name, self._engine)
        refuse_clock(name, str(self._llm.get_tokenizer().chat_template))

    def generate(self, prompts: list[list[Message]], max_new_tokens: int) -> list[Completion]:
        """Return one completion for each prompt; an error where ``max_model_len`` is too small."""
        talks = [[{"role": m.role, "content": neutralise(m.text)} for m in p] for p in prompts]
        fitting = [n for n, talk in enumerate(talks) if self._fits(talk, max_new_tokens)]
        out = [Completion("", "error")] * len(talks)
        if fitting:
            params = self._params(temperature=0.0, max_tokens=max_new_tokens, seed=0)
            found = self._llm.chat(
                [talks[n] for n in fitting],
                params,
                use_tqdm=False,
                chat_template_kwargs={"date_string": DATE},
            )
            for n, answer in zip(fitting, found, strict=True):
                out[n] = _completion(answer.outputs[0])
        return out

    def _fits(self, talk: Conversation, max_new_tokens: int) -> bool:
        """One prompt that is too long would be an error of the whole call."""
        tokenizer = self._llm.get_tokenizer()
        text = tokenizer.apply_chat_template(
            talk, tokenize=False, add_generation_prompt=True, date_string=DATE
        )
        count = len(tokenizer.encode(text, add_special_tokens=False))
        return bool(count + max_new_tokens <= self._engine.max_model_len)


def _completion(choice: Any) -> Completion:
    reason = choice.finish_reason
    if reason not in ("stop", "length"):
        return Completion("", "error")
    return Completion(choice.text.strip(), reason)


def _open(context: ModelContext, name: str, engine: VllmEngine) -> tuple[Any, Any]:
    """Start the engine on the GPUs of this task; return ``SamplingParams`` and the ``LLM``."""
    gpus = task_gpus()
    if gpus:
        if len(gpus) != engine.tensor_parallel:
            raise ModelError(
                f"model {name}: engine.tensor_parallel is {engine.tensor_parallel}, but the task "
                f"holds {len(gpus)} GPUs; set spark.task.resource.gpu.amount to it"
            )
        os.environ["CUDA_VISIBLE_DEVICES"] = ",".join(gpus)  # before the engine's processes start
    os.environ.setdefault("VLLM_WORKER_MULTIPROCESSING_METHOD", "spawn")  # the worker is a fork
    try:
        from vllm import LLM, SamplingParams
    except ImportError as error:
        raise ModelError(
            f"model {name}: vLLM is not installed ({error}); install the extra `vllm` in an "
            "environment of its own, or name a generator behind a server"
        ) from error
    place, where = context.place(name)
    where.pop("local_files_only", None)
    llm = LLM(
        model=place,
        tensor_parallel_size=engine.tensor_parallel,
        max_model_len=engine.max_model_len,
        gpu_memory_utilization=engine.gpu_memory_utilization,
        seed=0,
        trust_remote_code=False,
        **where,
    )
    return SamplingParams, llm

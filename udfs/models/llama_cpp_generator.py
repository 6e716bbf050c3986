"""A generator inside the worker process: llama.cpp reads the GGUF, one thread, one slot."""

from __future__ import annotations

import secrets
from pathlib import Path

import xllamacpp
from tokenizers import Tokenizer

from udfs.models.context import ModelContext
from udfs.models.generator import Completion, Message

CONTEXT_TOKENS = 1024
TURN_START, TURN_END = 1, 2  # <|im_start|>, <|im_end|>


class LlamaCppGenerator:
    """SmolLM2's chat format, built from token ids.

    The text of a turn is tokenised without control words, so no text can end its own turn. One slot
    and no prompt cache: what was asked before leaves no trace.
    """

    def __init__(self, context: ModelContext, name: str) -> None:
        self.name, self.digest = name, context.registry.digest(name)
        folder = context.folder(name)
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._server = xllamacpp.Server(_parameters(folder, context.threads))

    def generate(self, prompts: list[list[Message]], max_new_tokens: int) -> list[Completion]:
        """Write one text after another; llama.cpp gains nothing from batches on one thread."""
        return [self._complete(prompt, max_new_tokens) for prompt in prompts]

    def prompt_ids(self, prompt: list[Message]) -> list[int]:
        """Return the token ids of a chat prompt that ends where the answer begins."""
        ids: list[int] = []
        for message in prompt:
            ids += [TURN_START, *self._ids(f"{message.role}\n{message.text}"), TURN_END]
            ids += self._ids("\n")
        return [*ids, TURN_START, *self._ids("assistant\n")]

    def _ids(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return ids

    def _complete(self, prompt: list[Message], max_new_tokens: int) -> Completion:
        ids = self.prompt_ids(prompt)
        if len(ids) + max_new_tokens > CONTEXT_TOKENS:
            return Completion("", "error")
        answer = self._server.handle_completions(
            {
                "prompt": ids,
                "max_tokens": max_new_tokens,
                "temperature": 0.0,
                "top_k": 1,
                "seed": 0,
                "cache_prompt": False,
                "stream": False,
            }
        )
        if "choices" not in answer:
            return Completion("", "error")
        choice = answer["choices"][0]
        stopped = choice["finish_reason"] == "stop"
        return Completion(choice["text"].strip(), "stop" if stopped else "length")


def _parameters(folder: Path, threads: int) -> xllamacpp.CommonParams:
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(folder / "model.gguf")
    parameters.n_ctx = CONTEXT_TOKENS
    parameters.n_parallel = 1
    parameters.n_gpu_layers = 0
    parameters.cache_prompt = False
    parameters.cache_ram_mib = 0
    parameters.cpuparams.n_threads = threads
    parameters.cpuparams_batch.n_threads = threads
    parameters.fit_params = False
    parameters.warmup = False
    parameters.ui = False
    parameters.verbosity = -1
    # The library also listens on a port of this host alone; nobody knows this key.
    parameters.api_keys = [secrets.token_hex(16)]
    return parameters

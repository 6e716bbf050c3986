"""A generator inside the worker process: llama.cpp reads the GGUF, one thread, one slot."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import xllamacpp
from tokenizers import Tokenizer

from udfs.models.context import ModelContext
from udfs.models.generator import Completion, Message

CONTEXT_TOKENS = 1024
TURN_START, TURN_END = 1, 2  # <|im_start|>, <|im_end|>


class LlamaCppGenerator:
    """SmolLM2's chat format, built from token ids.

    The text of a turn is tokenised without control words, so no text can end its own turn. One
    slot, which is brought back to the state behind the first turn before each prompt: the turn that
    all prompts share is read once, and what was asked before leaves no trace.
    """

    prompts_at_once = 64

    def __init__(self, context: ModelContext, name: str) -> None:
        self.name, self.digest = name, context.registry.digest(name)
        folder = context.folder(name)
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._server = xllamacpp.Server(_parameters(folder, context.threads))
        self._shared: list[int] = []

    def generate(self, prompts: list[list[Message]], max_new_tokens: int) -> list[Completion]:
        """Write one text after another; llama.cpp gains nothing from batches on one thread."""
        return [self._complete(prompt, max_new_tokens) for prompt in prompts]

    def prompt_ids(self, prompt: list[Message]) -> list[int]:
        """Return the token ids of a chat prompt that ends where the answer begins."""
        turns = [token for message in prompt for token in self._turn_ids(message)]
        return [*turns, TURN_START, *self._ids("assistant\n")]

    def _turn_ids(self, message: Message) -> list[int]:
        text = self._ids(f"{message.role}\n{message.text}")
        return [TURN_START, *text, TURN_END, *self._ids("\n")]

    def _ids(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return ids

    def _complete(self, prompt: list[Message], max_new_tokens: int) -> Completion:
        ids = self.prompt_ids(prompt)
        if len(ids) + max_new_tokens > CONTEXT_TOKENS:
            return Completion("", "error")
        self._return_to(self._turn_ids(prompt[0]))
        answer = self._ask(ids, max_new_tokens, keep=True)
        if "choices" not in answer:
            return Completion("", "error")
        choice = answer["choices"][0]
        stopped = choice["finish_reason"] == "stop"
        return Completion(choice["text"].strip(), "stop" if stopped else "length")

    def _return_to(self, shared: list[int]) -> None:
        """Leave exactly the shared turn in the slot: no prompt goes on with ``TURN_END``."""
        self._ask([*shared, TURN_END], 1, keep=shared == self._shared)
        self._shared = shared

    def _ask(self, ids: list[int], max_new_tokens: int, *, keep: bool) -> dict[str, Any]:
        """Complete greedily; ``keep`` leaves what the slot has read of the same tokens."""
        answer: dict[str, Any] = self._server.handle_completions(
            {
                "prompt": ids,
                "max_tokens": max_new_tokens,
                "temperature": 0.0,
                "top_k": 1,
                "seed": 0,
                "cache_prompt": keep,
                "stream": False,
            }
        )
        return answer


def _parameters(folder: Path, threads: int) -> xllamacpp.CommonParams:
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(folder / "model.gguf")
    parameters.n_ctx = CONTEXT_TOKENS
    parameters.n_parallel = 1
    parameters.n_gpu_layers = 0
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

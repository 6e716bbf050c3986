"""A generator that transformers loads: a causal language model with a chat template."""

from __future__ import annotations

from functools import partial

import numpy as np
import torch
from transformers import AutoModelForCausalLM, GenerationConfig

from realsyn_lib.models.fixed_shapes import LengthBatch, length_batches
from udfs.device import halving
from udfs.models.chat_tokens import ChatTokens
from udfs.models.context import ModelContext
from udfs.models.generator import Completion, Message

LENGTH_STEP = 8
TOKENS_PER_CALL = {"cpu": 1024, "cuda": 65536}  # of the prompts of one call


class TransformersGenerator:
    """Greedy; bfloat16 on a GPU, float32 on a CPU.

    Prompts are padded on the left to calls of constant shape, which follows from a prompt's own
    length: what is written for one does not depend on the others.
    """

    prompts_at_once = 256

    def __init__(self, context: ModelContext, name: str) -> None:
        self.name, self.digest = name, context.registry.digest(name)
        dtype = torch.float32 if context.device == "cpu" else torch.bfloat16
        load = AutoModelForCausalLM.from_pretrained
        model = context.pretrained(name, load, use_safetensors=True, dtype=dtype)
        self._model = model.eval().to(context.device)
        self._chat = ChatTokens(context, name)
        self._ends = _end_ids(model.generation_config, self._chat)
        self._limit = int(model.config.max_position_embeddings)
        self._tokens = TOKENS_PER_CALL[context.device.split(":")[0]]

    def generate(self, prompts: list[list[Message]], max_new_tokens: int) -> list[Completion]:
        """Return one completion for each prompt; an error where the model's window is too small."""
        ids = [self._chat.ids(prompt) for prompt in prompts]
        lengths = np.array([len(row) for row in ids], dtype=np.int64)
        fitting = np.flatnonzero(lengths + max_new_tokens <= self._limit)
        out = [Completion("", "error")] * len(ids)
        kept = [ids[row] for row in fitting.tolist()]
        for batch in length_batches(lengths[fitting], LENGTH_STEP, self._tokens):
            read = _left_padded(kept, batch)
            written = halving(read, partial(self._write, max_new_tokens=max_new_tokens))
            for row, tokens in zip(fitting[batch.rows].tolist(), written, strict=False):
                out[row] = self._completion(tokens)
        return out

    @torch.inference_mode()
    def _write(self, read: np.ndarray, max_new_tokens: int) -> list[list[int]]:
        """Return the new token ids of each row of a call, (capacity,) lists."""
        ids, mask = torch.from_numpy(read).to(self._model.device).unbind(dim=1)
        greedy = GenerationConfig(
            do_sample=False,
            max_new_tokens=max_new_tokens,
            eos_token_id=self._ends,
            pad_token_id=self._ends[0],
        )
        found = self._model.generate(input_ids=ids, attention_mask=mask, generation_config=greedy)
        new: list[list[int]] = found[:, ids.shape[1] :].tolist()
        return new

    def _completion(self, tokens: list[int]) -> Completion:
        end = next((n for n, token in enumerate(tokens) if token in self._ends), None)
        text = self._chat.wrapped.decode(tokens[:end], skip_special_tokens=True).strip()
        return Completion(text, "length" if end is None else "stop")


def _left_padded(ids: list[list[int]], batch: LengthBatch) -> np.ndarray:
    """Return ids and mask, (capacity, 2, length) int64; rows that are missing repeat the first."""
    rows = batch.rows.tolist()
    rows += rows[:1] * (batch.capacity - len(rows))
    out = np.zeros((batch.capacity, 2, batch.length), dtype=np.int64)
    for place, row in enumerate(rows):
        out[place, 0, batch.length - len(ids[row]) :] = ids[row]
        out[place, 1, batch.length - len(ids[row]) :] = 1
    return out


def _end_ids(config: GenerationConfig, chat: ChatTokens) -> list[int]:
    """Return the tokens that end an answer: those of the model, and the tokenizer's own."""
    named = config.eos_token_id
    ends = list(named) if isinstance(named, list) else [named]
    ends.append(chat.wrapped.eos_token_id)
    return sorted({int(end) for end in ends if end is not None})

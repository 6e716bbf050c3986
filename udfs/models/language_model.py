"""The language model's role: how surprising a text is."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM, AutoTokenizer

from realsyn_lib.errors import ModelError
from realsyn_lib.models.fixed_shapes import length_batches, padded_ids
from realsyn_lib.models.source import WheelSource
from udfs.device import halving
from udfs.models.context import TORCH_TYPES, Call, ModelContext, no_loader

MAX_TOKENS = 256  # a longer text is judged by its beginning
LENGTH_STEP = 4
TOKENS_PER_CALL = {"cpu": 256, "cuda": 16384}
LOGIT_ROWS = {"cpu": 256, "cuda": 2048}  # positions whose (rows, vocabulary) logits exist at once
_PROBE = torch.arange(1, 6)[None]
_SAME = 1e-3  # of the largest logit


class LanguageModel(Protocol):
    """Scores texts."""

    name: str
    digest: str

    def perplexities(self, texts: list[str]) -> np.ndarray:
        """Return (n,) float64, exp of the mean negative log-likelihood; NaN for an empty text."""
        ...


class CausalLanguageModel:
    """A causal transformer. The first token is judged after the model's start mark.

    float32, unless its source states another precision for a GPU: on 96 sentences the median error
    of bfloat16 is 12 % (autocast 2 %, 1.6 times as fast), of dynamic int8 570 %.
    """

    def __init__(self, context: ModelContext, name: str) -> None:
        self.name, self.digest = name, context.registry.digest(name)
        load = AutoModelForCausalLM.from_pretrained
        dtype = TORCH_TYPES[context.precision(name, "fp32")]
        model = context.pretrained(name, load, use_safetensors=True, dtype=dtype)
        self._model = model.eval().to(context.device)
        self._device = context.device
        self._hidden, self._head = self._halves()
        kind = context.device.split(":")[0]
        self._tokens, self._logit_rows = TOKENS_PER_CALL[kind], LOGIT_ROWS[kind]
        self._start = _start_mark(name, model.config)
        self._tokenizer = _plain_tokenizer(context, name)
        places = getattr(model.config, "max_position_embeddings", None) or MAX_TOKENS
        self._most = min(MAX_TOKENS, int(places))
        self._tokenizer.enable_truncation(self._most)

    @torch.inference_mode()
    def _halves(self) -> tuple[Call, Call]:
        """Return ids -> hidden states, and hidden states -> logits.

        Where more happens to logits than one product (they are scaled, or capped), the first half
        gives the logits of every position and the second passes them on.
        """
        model, head = self._model, self._model.get_output_embeddings()

        def hidden(ids: torch.Tensor) -> torch.Tensor:
            states: torch.Tensor = model.base_model(
                input_ids=ids, use_cache=False
            ).last_hidden_state
            return states

        def logits(ids: torch.Tensor) -> torch.Tensor:
            found: torch.Tensor = model(input_ids=ids, use_cache=False).logits
            return found

        probe = _PROBE.to(self._device)
        whole, product = logits(probe), head(hidden(probe))
        is_product = (whole - product).abs().max() <= _SAME * whole.abs().max()
        return (hidden, head) if is_product else (logits, lambda states: states)

    def perplexities(self, texts: list[str]) -> np.ndarray:
        """Return (n,) float64 perplexities."""
        encodings = self._tokenizer.encode_batch(texts, add_special_tokens=False)
        targets = [encoding.ids for encoding in encodings]
        out = np.full(len(texts), np.nan)
        counts = np.array([len(row) for row in targets], dtype=np.int64)
        present = np.flatnonzero(counts)
        kept = [targets[i] for i in present.tolist()]
        for batch in length_batches(counts[present], LENGTH_STEP, self._tokens):
            ids = padded_ids(kept, batch, pad_id=-1)[:, : self._most]  # no further than places go
            if self._device != "cpu":
                ids = ids[: len(batch.rows)]  # a GPU pays for rows that are padding alone
            scores = halving(ids, self._score)
            out[present[batch.rows]] = scores[: len(batch.rows)]
        return out

    @torch.inference_mode()
    def _score(self, wanted: np.ndarray) -> np.ndarray:
        """Score (rows, length) token ids, -1 where there is none; 1 for a row without any.

        The last token of a text is predicted but never read.
        """
        read = np.full_like(wanted, self._start)
        read[:, 1:] = np.maximum(wanted[:, :-1], 0)
        # Padding is on the right and the model causal: no mask is needed.
        hidden = self._hidden(torch.from_numpy(read).to(self._device))
        rows, columns = np.nonzero(wanted >= 0)
        losses = self._losses(hidden[rows, columns], wanted[rows, columns])
        counts = np.bincount(rows, minlength=len(wanted))
        sums = np.bincount(rows, weights=losses, minlength=len(wanted))
        return np.exp(sums / np.maximum(counts, 1))

    def _losses(self, hidden: torch.Tensor, wanted: np.ndarray) -> np.ndarray:
        """Negative log-likelihood of each wanted token, in blocks of constant shape."""
        targets, size = torch.from_numpy(wanted).to(self._device), self._logit_rows
        losses = [torch.zeros(0, device=self._device)]  # a half may be padding alone
        for start in range(0, len(wanted), size):
            block, goal = hidden[start : start + size], targets[start : start + size]
            padded = torch.nn.functional.pad(block, (0, 0, 0, size - len(block)))
            logits = self._head(padded)[: len(block)].float()
            losses.append(torch.nn.functional.cross_entropy(logits, goal, reduction="none"))
        return np.asarray(torch.cat(losses).double().cpu().numpy())


def _start_mark(name: str, config: Any) -> int:
    """Return the token that stands before a text: the start mark, or the end of the text before."""
    for mark in (config.bos_token_id, config.eos_token_id):
        first = mark[0] if isinstance(mark, list) else mark
        if first is not None:
            return int(first)
    raise ModelError(f"model {name}: its config.json has neither bos_token_id nor eos_token_id")


def _plain_tokenizer(context: ModelContext, name: str) -> Tokenizer:
    """Return the fast tokenizer, with control words in a text read as plain text."""
    if isinstance(context.registry.get(name).source, WheelSource):
        tokenizer = Tokenizer.from_file(str(context.folder(name) / "tokenizer.json"))
    else:
        wrapped = context.pretrained(name, AutoTokenizer.from_pretrained, use_fast=True)
        if not wrapped.is_fast:
            raise ModelError(f"model {name}: has no tokenizer.json; save its fast tokenizer there")
        tokenizer = wrapped.backend_tokenizer
    tokenizer.no_padding()
    tokenizer.encode_special_tokens = True
    return tokenizer


def load_language_model(context: ModelContext, name: str) -> LanguageModel:
    """Load a language model of the registry.

    Raises:
        SettingError: no such language model.
        ModelError: not fetched, or no code for its loader.
    """
    source = context.reference(name, "language_model").source
    if source.loader != "transformers":
        raise no_loader(name, "language_model", source.loader)
    return CausalLanguageModel(context, name)

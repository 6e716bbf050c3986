"""MiniLM: a sentence into a unit vector, by the mean over its tokens."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel

from realsyn_lib.embeddings import unit_rows
from realsyn_lib.models.fixed_shapes import length_batches, padded_ids
from udfs.models.context import ModelContext, no_loader

MAX_TOKENS = 256  # the length the model was trained for
LENGTH_STEP = 4
TOKENS_PER_CALL = 256
PAD_ID = 0


class TextEncoder:
    """BERT with mean pooling over the tokens of the text, its two marks included."""

    def __init__(self, folder: Path, device: str) -> None:
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.encode_special_tokens = True  # "[SEP]" in a text is only text
        model = BertModel(
            BertConfig.from_json_file(folder / "config.json"), add_pooling_layer=False
        )
        weights = load_file(folder / "model.safetensors")
        # The file also holds a pooler, which a mean does not need, and the positions 0, 1, 2...
        model.load_state_dict({name: weights[name] for name in model.state_dict()})
        self._model = model.eval().to(device)
        self._device = device
        self.width = int(model.config.hidden_size)

    def embed_texts(self, texts: list[str]) -> np.ndarray:
        """Return (n, width) float32 rows of unit norm."""
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch(texts)]
        out = np.zeros((len(texts), self.width), dtype=np.float32)
        lengths = np.array([len(row) for row in ids], dtype=np.int64)
        for batch in length_batches(lengths, LENGTH_STEP, TOKENS_PER_CALL):
            padded = padded_ids(ids, batch, PAD_ID)
            counts = np.zeros(batch.capacity, dtype=np.int64)
            counts[: len(batch.rows)] = lengths[batch.rows]
            out[batch.rows] = self._means(padded, counts)[: len(batch.rows)]
        return unit_rows(out)

    @torch.inference_mode()
    def _means(self, ids: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Mean hidden state over the first ``counts`` tokens of each row."""
        real = np.arange(ids.shape[1]) < np.maximum(counts, 1)[:, None]
        mask = torch.from_numpy(real).to(self._device)
        hidden = self._model(
            input_ids=torch.from_numpy(ids).to(self._device), attention_mask=mask
        ).last_hidden_state
        weights = mask.to(hidden.dtype).unsqueeze(-1)
        means = (hidden * weights).sum(dim=1) / weights.sum(dim=1)
        return np.asarray(means.float().cpu().numpy(), dtype=np.float32)


def load_text_encoder(context: ModelContext, name: str) -> TextEncoder:
    """Load a text encoder of the registry."""
    source = context.reference(name, "text_encoder").source
    if source.loader != "minilm":
        raise no_loader(name, "text_encoder", source.loader)
    return TextEncoder(context.folder(name), context.device)

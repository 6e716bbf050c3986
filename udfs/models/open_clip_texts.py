"""The text side of an open_clip model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from realsyn_lib.embeddings import unit_rows
from realsyn_lib.errors import ModelError
from realsyn_lib.models.fixed_shapes import length_batches, rounded_lengths
from udfs.device import halving
from udfs.models.context import ModelContext
from udfs.models.encoder import EncoderIdentity
from udfs.models.open_clip_tokens import ClipTokens
from udfs.models.open_clip_tower import TextTower
from udfs.work_ahead import worked_ahead

ROWS_PER_CALL = {"cpu": 8, "cuda": 256}
LENGTH_STEP = 8
_TEXTS_AT_ONCE = 1024  # that a thread turns into tokens while the model is busy


class OpenClipTexts:
    """Embeds texts with a model's tower; of two towers only that one is kept."""

    def __init__(
        self, context: ModelContext, identity: EncoderIdentity, model: Any, tokens: ClipTokens
    ) -> None:
        self.width = identity.width
        self.tokens, self.tower = tokens, TextTower(model)
        self._device = context.device
        self._rows_per_call = ROWS_PER_CALL[context.device.split(":")[0]]
        self._is_constant = keeps_shapes(context)
        self._encode = context.compiled(self.tower)
        self._check_width(identity.name)

    def embed_texts(self, texts: list[str]) -> np.ndarray:
        """Return (n, width) float32 rows of unit norm; a text ends at the model's own length."""
        slices = (texts[at : at + _TEXTS_AT_ONCE] for at in range(0, len(texts), _TEXTS_AT_ONCE))
        tokens = worked_ahead(slices, lambda part, _lane: self.tokens(part), lanes=1)
        parts = [self._of_tokens(ids) for _, ids in tokens]
        return np.concatenate([np.zeros((0, self.width), np.float32), *parts])

    def blocks(self, ids: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield row numbers and their token ids in calls whose shape a row's own length sets."""
        whole = self.tokens.length
        lengths = self.tokens.lengths(ids) if self.tower.may_be_short else np.full(len(ids), whole)
        most = self._rows_per_call * int(rounded_lengths(np.array([whole]), LENGTH_STEP)[0])
        for batch in length_batches(lengths, LENGTH_STEP, most):
            rows = batch.capacity if self._is_constant else len(batch.rows)
            block = np.zeros((rows, min(batch.length, whole)), dtype=np.int64)
            block[: len(batch.rows)] = ids[batch.rows, : block.shape[1]]
            yield batch.rows, block

    def _of_tokens(self, ids: np.ndarray) -> np.ndarray:
        out = np.zeros((len(ids), self.width), dtype=np.float32)
        for rows, block in self.blocks(ids):
            out[rows] = halving(block, self._vectors)[: len(rows)]
        return unit_rows(out)

    @torch.inference_mode()
    def _vectors(self, block: np.ndarray) -> np.ndarray:
        tokens = torch.from_numpy(block).to(self._device)
        return np.asarray(self._encode(tokens).float().cpu().numpy())

    def _check_width(self, name: str) -> None:
        found = self._vectors(self.tokens(["width"])).shape[1]
        if found != self.width:
            raise ModelError(f"model {name}: its width is {found}, models.yaml says {self.width}")


def keeps_shapes(context: ModelContext) -> bool:
    """Say whether calls are of constant shape, for a compiler or so that a row's numbers are its own."""
    is_padded = context.device == "cpu" and context.constant_shapes
    return is_padded or context.may_compile

"""The text tower of an open_clip model, run only as far as a batch's texts reach."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

_ENDS = ("argmax", "eos")  # the vector is read at the text's own end mark


class TextTower:
    """``encode_text`` on token ids (rows, length), where ``length`` may be less than the model's.

    In a causal tower read at the end mark, nothing behind the mark has a say: 20 tokens of a
    sentence need not be padded to 77. Other towers are given the whole length.
    """

    def __init__(self, model: Any) -> None:
        self.model = model
        # CustomTextCLIP has a tower of its own, CLIP holds its parts.
        self._tower = getattr(model, "text", model)
        pool = getattr(self._tower, "text_pool_type", getattr(self._tower, "pool_type", None))
        self._mask: Any = getattr(self._tower, "attn_mask", None)
        ends = pool in _ENDS and getattr(self._tower, "cls_emb", None) is None
        self.may_be_short = self._mask is not None and ends
        if self.may_be_short:
            self._places = self._tower.positional_embedding

    def __call__(self, ids: torch.Tensor) -> torch.Tensor:
        """Return (rows, width) of the model's own type."""
        length = ids.shape[1]
        if self.may_be_short and len(self._tower.positional_embedding) != length:
            self._tower.positional_embedding = nn.Parameter(self._places[:length], False)
            self._tower.attn_mask = self._mask[:length, :length]
        vectors: torch.Tensor = self.model.encode_text(ids)
        return vectors

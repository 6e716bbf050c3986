"""An open_clip tokenizer for texts of the web: no control words, bounded memory."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import open_clip
from open_clip.tokenizer import HFTokenizer, SimpleTokenizer

_MOST_WORDS = 500_000  # whose pieces SimpleTokenizer keeps: 100 MB


class ClipTokens:
    """Token ids of texts, cut at the model's own length, a text's end mark kept.

    Attributes:
        length: tokens of each row, 77 for most models.
    """

    def __init__(self, name: str) -> None:
        self._tokenizer = open_clip.get_tokenizer(name)
        if isinstance(self._tokenizer, SimpleTokenizer):
            self._marks = [self._tokenizer.decoder[i] for i in self._tokenizer.all_special_ids]
            self._tokenizer.clean_fn = _apart(self._tokenizer.clean_fn, self._marks)
        elif isinstance(self._tokenizer, HFTokenizer):
            if not self._tokenizer.tokenizer.is_fast:
                raise ValueError("it has no tokenizer.json; a slow tokenizer reads control words")
            # Each call of transformers sets its backend to this.
            self._tokenizer.tokenizer.split_special_tokens = True
        empty = self([""])[0]
        self.length, self._pad = len(empty), int(empty[-1])

    def __call__(self, texts: list[str]) -> np.ndarray:
        """Return (n, length) int64."""
        ids: np.ndarray = self._tokenizer(texts).numpy()
        if (
            isinstance(self._tokenizer, SimpleTokenizer)
            and len(self._tokenizer.cache) > _MOST_WORDS
        ):
            self._tokenizer.cache = {mark: mark for mark in self._marks}
        return ids

    def lengths(self, ids: np.ndarray) -> np.ndarray:
        """Return (n,) int64: tokens of each row before its padding, at least 1."""
        filled = ids[:, ::-1] != self._pad
        last = ids.shape[1] - np.argmax(filled, axis=1)
        return np.where(filled.any(axis=1), last, 1)


def _apart(clean: Callable[[str], str], marks: list[str]) -> Callable[[str], str]:
    """Return ``clean``, whose answer then holds no mark: it unescapes HTML, so that a text may.

    ``< end_of_text>`` has the tokens of its letters.
    """

    def cleaned(text: str) -> str:
        text = clean(text)
        for mark in marks:
            text = text.replace(mark, f"{mark[0]} {mark[1:]}")
        return text

    return cleaned

"""A small CLIP from open_clip's own parts: its configuration, its pictures, its tokens."""

from functools import cache
from typing import Any

import numpy as np
import open_clip
import torch
from PIL import Image

VOCABULARY = 49408  # of open_clip's own tokenizer
EMBED_DIM = 96
CONTEXT = 32  # tokens; the sentences of the pool have some 25


def model_config(size: int, vocabulary: int = VOCABULARY) -> dict[str, Any]:
    """Return ``model_cfg`` as open_clip saves it; ``size``: px of a side."""
    return {
        "embed_dim": EMBED_DIM,
        "vision_cfg": {"image_size": size, "layers": [1, 1, 1, 1], "width": 16, "head_width": 32},
        "text_cfg": {
            "context_length": CONTEXT, "vocab_size": vocabulary, "width": 64, "heads": 2, "layers": 2,
        },
    }  # fmt: skip


def new_clip(size: int, vocabulary: int, seed: int) -> Any:
    """Return a CLIP with random weights that the seed decides."""
    torch.manual_seed(seed)
    config = model_config(size, vocabulary)
    return open_clip.CLIP(
        embed_dim=config["embed_dim"],
        vision_cfg=config["vision_cfg"],
        text_cfg=config["text_cfg"],
    )


def pixels_of(pictures: list[Image.Image], size: int) -> np.ndarray:
    """Return (n, size, size, 3) uint8."""
    small = [
        picture.convert("RGB").resize((size, size), Image.Resampling.BICUBIC)
        for picture in pictures
    ]
    return np.stack([np.asarray(picture) for picture in small])


def as_input(pixels: np.ndarray) -> torch.Tensor:
    """Return (n, 3, size, size) float32 as open_clip's own transform makes it."""
    mean, std = (
        np.array(value) for value in (open_clip.OPENAI_DATASET_MEAN, open_clip.OPENAI_DATASET_STD)
    )
    levels = (pixels.astype(np.float32) / 255 - mean) / std
    return torch.from_numpy(levels.astype(np.float32)).permute(0, 3, 1, 2).contiguous()


def tokens_of(texts: list[str]) -> np.ndarray:
    """Return (n, ``CONTEXT``) int64 of open_clip's tokenizer; a longer text ends with its end mark."""
    return np.asarray(_tokenizer()(texts).numpy())


@cache
def _tokenizer() -> open_clip.SimpleTokenizer:
    """Read once: its merges take a fifth of a second."""
    return open_clip.SimpleTokenizer(context_length=CONTEXT)


class Vocabulary:
    """The tokens that occur at all, numbered anew: a tenth of the embedding need be trained.

    The order stays, so that the end mark is still the largest number, by which CLIP finds it.
    """

    def __init__(self, tokens: list[np.ndarray]) -> None:
        """Take the tokens of all texts that are ever asked for."""
        self._known = np.unique(np.concatenate([block.ravel() for block in tokens]))

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._known)

    def __call__(self, tokens: np.ndarray) -> np.ndarray:
        """Return the new numbers."""
        return np.searchsorted(self._known, tokens)

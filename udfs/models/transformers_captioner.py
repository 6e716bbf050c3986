"""A captioner that transformers loads: image to text, greedy."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from transformers import AutoConfig, AutoModelForImageTextToText, AutoProcessor

from realsyn_lib.models.fixed_shapes import check_pixels, fixed_rows
from realsyn_lib.models.source import FolderSource, HubSource
from udfs.device import halving
from udfs.models.context import ModelContext

MAX_NEW_TOKENS = 40
ROWS_PER_CALL = {"cpu": 2, "cuda": 64}
QUESTION = "Describe this image in one short sentence."  # of models that chat


class TransformersCaptioner:
    """BLIP, a model that is told its task in a word, or one that chats about an image.

    float32 on a CPU; on a GPU bfloat16 where the weights are, which overflow in float16, else
    float16.
    """

    def __init__(self, context: ModelContext, name: str, digest: str) -> None:
        self.name, self.digest = name, digest
        load = AutoModelForImageTextToText.from_pretrained
        dtype = _dtype(context, name)
        model = context.pretrained(name, load, use_safetensors=True, dtype=dtype)
        self._model = model.eval().to(context.device)
        self._processor = context.pretrained(name, AutoProcessor.from_pretrained)
        self._prompt = _prompt(context, name, self._processor)
        # A model that only goes on writes its answer behind the question.
        self._answers_behind = self._chats and not model.config.is_encoder_decoder
        self._rows = ROWS_PER_CALL[context.device.split(":")[0]]
        self.image_size = int(context.registry.get(name).image_size_px or 384)

    def caption(self, pixels: np.ndarray, tags: object) -> list[str]:
        """Caption (n, side, side, 3) uint8 images; the tags are not looked at."""
        check_pixels(pixels, self.image_size)
        out: list[str] = []
        for place, block in fixed_rows(pixels, self._rows):
            out += halving(block, self._generate)[: place.stop - place.start]
        return out

    @property
    def _chats(self) -> bool:
        return _template(self._processor) is not None

    @torch.inference_mode()
    def _generate(self, block: np.ndarray) -> list[str]:
        images: list[Any] = [[image] for image in block] if self._chats else list(block)
        words = {} if self._prompt is None else {"text": [self._prompt] * len(block)}
        inputs = self._processor(images=images, return_tensors="pt", **words)
        moved = inputs.to(self._model.device, dtype=self._model.dtype)
        ids = self._model.generate(**moved, do_sample=False, max_new_tokens=MAX_NEW_TOKENS)
        if self._answers_behind:
            ids = ids[:, moved["input_ids"].shape[1] :]
        texts = self._processor.batch_decode(ids, skip_special_tokens=True)
        return [" ".join(text.split()) for text in texts]


def _dtype(context: ModelContext, name: str) -> torch.dtype:
    if context.device == "cpu":
        return torch.float32
    saved = context.pretrained(name, AutoConfig.from_pretrained).dtype
    return torch.bfloat16 if saved is torch.bfloat16 else torch.float16


def _template(processor: Any) -> str | None:
    return getattr(processor, "chat_template", None)


def _prompt(context: ModelContext, name: str, processor: Any) -> str | None:
    """Return what stands beside each image: a chat's question, the source's words, or nothing."""
    source = context.registry.get(name).source
    asked = source.prompt if isinstance(source, FolderSource | HubSource) else None
    if _template(processor) is None:
        return asked
    turn = [{"type": "image"}, {"type": "text", "text": asked or QUESTION}]
    messages = [{"role": "user", "content": turn}]
    prompt = processor.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
    return str(prompt)

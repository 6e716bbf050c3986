"""A captioner that transformers loads: image to text, greedy."""

from __future__ import annotations

import numpy as np
import torch
from transformers import AutoModelForImageTextToText, AutoProcessor

from realsyn_lib.models.fixed_shapes import check_pixels, fixed_rows
from udfs.models.context import ModelContext

MAX_NEW_TOKENS = 40
ROWS_PER_CALL = {"cpu": 2, "cuda": 64}


class TransformersCaptioner:
    """A model such as BLIP; float16 on a GPU, float32 on a CPU."""

    def __init__(self, context: ModelContext, name: str, digest: str) -> None:
        self.name, self.digest = name, digest
        dtype = torch.float32 if context.device == "cpu" else torch.float16
        load = AutoModelForImageTextToText.from_pretrained
        model = context.pretrained(name, load, use_safetensors=True, dtype=dtype)
        self._model = model.eval().to(context.device)
        self._processor = context.pretrained(name, AutoProcessor.from_pretrained)
        self._rows = ROWS_PER_CALL[context.device.split(":")[0]]
        self.image_size = int(context.registry.get(name).image_size_px or 384)

    def caption(self, pixels: np.ndarray, tags: object) -> list[str]:
        """Caption (n, side, side, 3) uint8 images; the tags are not looked at."""
        check_pixels(pixels, self.image_size)
        out: list[str] = []
        for place, block in fixed_rows(pixels, self._rows):
            out += self._generate(block)[: place.stop - place.start]
        return out

    @torch.inference_mode()
    def _generate(self, block: np.ndarray) -> list[str]:
        inputs = self._processor(images=list(block), return_tensors="pt")
        moved = inputs.to(self._model.device, dtype=self._model.dtype)
        ids = self._model.generate(**moved, do_sample=False, max_new_tokens=MAX_NEW_TOKENS)
        texts = self._processor.batch_decode(ids, skip_special_tokens=True)
        return [" ".join(text.split()) for text in texts]

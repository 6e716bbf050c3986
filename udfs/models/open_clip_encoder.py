"""An open_clip model as encoder: by name and tag, from a folder, or from a hub's repository."""

from __future__ import annotations

from typing import Any

import numpy as np
import open_clip
import torch

from realsyn_lib.embeddings import unit_rows
from realsyn_lib.errors import ModelError
from realsyn_lib.images.model_input import ModelInput
from realsyn_lib.models.fixed_shapes import check_pixels, fixed_rows
from realsyn_lib.models.source import Precision
from udfs.device import halving
from udfs.models.context import TORCH_TYPES, ModelContext
from udfs.models.encoder import EncoderIdentity, ImageVectors
from udfs.models.open_clip_model import load_model, load_tokens
from udfs.models.open_clip_place import OpenClipPlace
from udfs.models.open_clip_texts import ROWS_PER_CALL, OpenClipTexts, keeps_shapes


class OpenClipEncoder:
    """Image and text towers of one contrastive model.

    On a GPU in the precision of its source (fp16 where it states none), with open_clip's own rules
    of what stays in float32; on a CPU in float32.
    """

    feature_width: int | None = None  # its embedding is also its best image space

    def __init__(
        self,
        context: ModelContext,
        identity: EncoderIdentity,
        place: OpenClipPlace,
        precision: Precision,
    ) -> None:
        self.name, self.digest, self.width = identity.name, identity.digest, identity.width
        self._device = context.device
        self.rows_per_call = ROWS_PER_CALL[context.device.split(":")[0]]
        self._dtype = TORCH_TYPES[precision]
        self._is_constant = keeps_shapes(context)
        self._model = load_model(self.name, place, precision, context.device)
        tokens = load_tokens(self.name, place)
        self.texts = OpenClipTexts(context, identity, self._model, tokens)
        self.image_input = _image_input(self.name, self._model)
        self.image_size = self.image_input.side
        levels = open_clip.get_model_preprocess_cfg(self._model)
        self._mean, self._std = (
            torch.tensor(levels[name], device=context.device).view(1, 3, 1, 1)
            for name in ("mean", "std")
        )
        self._encode_image = context.compiled(self._model.encode_image)

    def embed_images(self, pixels: np.ndarray) -> np.ndarray:
        """Return (n, width) float32 rows of unit norm."""
        check_pixels(pixels, self.image_size)
        out = np.zeros((len(pixels), self.width), dtype=np.float32)
        rows = (
            self.rows_per_call if self._is_constant else min(self.rows_per_call, len(pixels) or 1)
        )
        for place, block in fixed_rows(pixels, rows):
            out[place] = halving(block, self._images)[: place.stop - place.start]
        return unit_rows(out)

    def image_features(self, pixels: np.ndarray) -> ImageVectors:
        """Return the embedding; there is no other feature."""
        return ImageVectors(self.embed_images(pixels), None)

    def embed_texts(self, texts: list[str]) -> np.ndarray:
        """Return (n, width) float32 rows of unit norm; a text ends at the model's own length."""
        return self.texts.embed_texts(texts)

    @torch.inference_mode()
    def _images(self, block: np.ndarray) -> np.ndarray:
        images = torch.from_numpy(block).to(self._device).permute(0, 3, 1, 2).float() / 255
        images = ((images - self._mean) / self._std).to(self._dtype)
        return np.asarray(self._encode_image(images).float().cpu().numpy())


def _image_input(name: str, model: Any) -> ModelInput:
    """Return what open_clip's own transform for this model does before it makes numbers."""
    found = open_clip.get_model_preprocess_cfg(model)
    size = found["size"]
    height, width = (size, size) if isinstance(size, int) else size
    if height != width:
        raise ModelError(
            f"model {name}: takes pictures of {width} x {height}; only squares are made"
        )
    return ModelInput(
        side=width,
        resize=found["resize_mode"],
        interpolation="bilinear" if found["interpolation"] == "bilinear" else "bicubic",
        fill=int(found["fill_color"]),
    )

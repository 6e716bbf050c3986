"""An open_clip model as encoder: by name and tag, or from a checkpoint in a folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import open_clip
import torch

from realsyn_lib.embeddings import unit_rows
from realsyn_lib.errors import ModelError
from realsyn_lib.models.fixed_shapes import check_pixels, fixed_rows
from realsyn_lib.models.source import FolderSource, OpenClipSource
from udfs.device import halving
from udfs.models.context import ModelContext
from udfs.models.encoder import EncoderIdentity, ImageVectors

ROWS_PER_CALL = {"cpu": 8, "cuda": 256}
CHECKPOINTS = ("*.safetensors", "*.bin", "*.pt")  # in this order; read with weights_only


class OpenClipEncoder:
    """Image and text towers of one contrastive model; float16 on a GPU, float32 on a CPU."""

    feature_width: int | None = None  # its embedding is also its best image space

    def __init__(self, context: ModelContext, identity: EncoderIdentity) -> None:
        self.name, self.digest, self.width = identity.name, identity.digest, identity.width
        self._device = context.device
        self._dtype = torch.float32 if context.device == "cpu" else torch.float16
        self._rows = ROWS_PER_CALL[context.device.split(":")[0]]
        architecture, weights = _weights(context, self.name)
        try:
            model = open_clip.create_model(architecture, pretrained=weights, weights_only=True)
        except OSError as error:
            raise ModelError(
                f"model {self.name}: open_clip cannot load {weights} ({error}); check the network, "
                "or give a folder with the checkpoint as its source"
            ) from error
        self._model = model.eval().to(device=context.device, dtype=self._dtype)
        self._tokenize = open_clip.get_tokenizer(architecture)
        self.image_size = _square(model.visual.image_size)
        normalise = open_clip.get_model_preprocess_cfg(model)
        self._mean = torch.tensor(normalise["mean"], device=context.device).view(1, 3, 1, 1)
        self._std = torch.tensor(normalise["std"], device=context.device).view(1, 3, 1, 1)
        self._check_width()

    def embed_images(self, pixels: np.ndarray) -> np.ndarray:
        """Return (n, width) float32 rows of unit norm."""
        check_pixels(pixels, self.image_size)
        return self._in_blocks(pixels, self._images)

    def image_features(self, pixels: np.ndarray) -> ImageVectors:
        """Return the embedding; there is no other feature."""
        return ImageVectors(self.embed_images(pixels), None)

    def embed_texts(self, texts: list[str]) -> np.ndarray:
        """Return (n, width) float32 rows of unit norm; texts end at the model's 77 tokens."""
        tokens = self._tokenize(texts).numpy() if texts else np.zeros((0, 1), dtype=np.int64)
        return self._in_blocks(tokens, self._texts)

    def _in_blocks(self, rows: np.ndarray, call: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        out = np.zeros((len(rows), self.width), dtype=np.float32)
        for place, block in fixed_rows(rows, self._rows):
            out[place] = halving(block, call)[: place.stop - place.start]
        return unit_rows(out)

    @torch.inference_mode()
    def _images(self, block: np.ndarray) -> np.ndarray:
        images = torch.from_numpy(block).to(self._device).permute(0, 3, 1, 2).float() / 255
        images = ((images - self._mean) / self._std).to(self._dtype)
        return np.asarray(self._model.encode_image(images).float().cpu().numpy())

    @torch.inference_mode()
    def _texts(self, block: np.ndarray) -> np.ndarray:
        tokens = torch.from_numpy(block).to(self._device)
        return np.asarray(self._model.encode_text(tokens).float().cpu().numpy())

    def _check_width(self) -> None:
        found = self._texts(self._tokenize(["width"]).numpy()).shape[1]
        if found != self.width:
            raise ModelError(
                f"model {self.name}: its width is {found}, models.yaml says {self.width}"
            )


def _weights(context: ModelContext, name: str) -> tuple[str, str]:
    """Return open_clip's model name, and a tag or the path of a checkpoint."""
    source = context.registry.get(name).source
    if isinstance(source, OpenClipSource):
        return source.architecture, source.tag
    if not isinstance(source, FolderSource) or source.architecture is None:
        raise ModelError(
            f"model {name}: open_clip needs source.architecture, such as EVA02-E-14-plus"
        )
    for pattern in CHECKPOINTS:
        for file in sorted(Path(source.path).glob(pattern)):
            return source.architecture, str(file)
    raise ModelError(f"model {name}: {source.path} holds no checkpoint ({', '.join(CHECKPOINTS)})")


def _square(size: int | tuple[int, int]) -> int:
    return size if isinstance(size, int) else size[0]

"""An open_clip model as encoder: by name and tag, from a folder, or from a hub's repository."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import open_clip
import torch

from realsyn_lib.embeddings import unit_rows
from realsyn_lib.errors import ModelError
from realsyn_lib.images.model_input import ModelInput
from realsyn_lib.models.fixed_shapes import (
    check_pixels,
    fixed_rows,
    length_batches,
    rounded_lengths,
)
from realsyn_lib.models.source import Precision
from udfs.device import halving
from udfs.models.context import MISFITS, TORCH_TYPES, ModelContext
from udfs.models.encoder import EncoderIdentity, ImageVectors
from udfs.models.open_clip_place import OpenClipPlace
from udfs.models.open_clip_texts import TextTower
from udfs.models.open_clip_tokens import ClipTokens
from udfs.work_ahead import worked_ahead

ROWS_PER_CALL = {"cpu": 8, "cuda": 256}
LENGTH_STEP = 8
_NO_WEIGHTS = (AttributeError, TypeError, StopIteration)  # a file that holds something else
_TEXTS_AT_ONCE = 1024  # that a thread turns into tokens while the model is busy


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
        # What a compiled call wants, and what makes a row's numbers on a CPU its own.
        is_padded = context.device == "cpu" and context.constant_shapes
        self._is_constant = is_padded or context.may_compile
        self._model = _loaded(self.name, place, precision, context.device)
        self._tokens, self._texts_of = _tokens(self.name, place), TextTower(self._model)
        self.image_input = _image_input(self.name, self._model)
        self.image_size = self.image_input.side
        levels = open_clip.get_model_preprocess_cfg(self._model)
        self._mean, self._std = (
            torch.tensor(levels[name], device=context.device).view(1, 3, 1, 1)
            for name in ("mean", "std")
        )
        self._encode_image = context.compiled(self._model.encode_image)
        self._encode_text = context.compiled(self._texts_of)
        self._check_width()

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
        slices = (texts[at : at + _TEXTS_AT_ONCE] for at in range(0, len(texts), _TEXTS_AT_ONCE))
        tokens = worked_ahead(slices, lambda part, _lane: self._tokens(part), lanes=1)
        parts = [self._of_tokens(ids) for _, ids in tokens]
        return np.concatenate([np.zeros((0, self.width), np.float32), *parts])

    def _of_tokens(self, ids: np.ndarray) -> np.ndarray:
        out = np.zeros((len(ids), self.width), dtype=np.float32)
        for rows, block in self._blocks(ids):
            out[rows] = halving(block, self._texts)[: len(rows)]
        return unit_rows(out)

    def _blocks(self, ids: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield row numbers and their token ids in calls whose shape a row's own length sets."""
        whole = self._tokens.length
        is_short = self._texts_of.may_be_short
        lengths = self._tokens.lengths(ids) if is_short else np.full(len(ids), whole)
        most = self.rows_per_call * int(rounded_lengths(np.array([whole]), LENGTH_STEP)[0])
        for batch in length_batches(lengths, LENGTH_STEP, most):
            rows = batch.capacity if self._is_constant else len(batch.rows)
            block = np.zeros((rows, min(batch.length, whole)), dtype=np.int64)
            block[: len(batch.rows)] = ids[batch.rows, : block.shape[1]]
            yield batch.rows, block

    @torch.inference_mode()
    def _images(self, block: np.ndarray) -> np.ndarray:
        images = torch.from_numpy(block).to(self._device).permute(0, 3, 1, 2).float() / 255
        images = ((images - self._mean) / self._std).to(self._dtype)
        return np.asarray(self._encode_image(images).float().cpu().numpy())

    @torch.inference_mode()
    def _texts(self, block: np.ndarray) -> np.ndarray:
        tokens = torch.from_numpy(block).to(self._device)
        return np.asarray(self._encode_text(tokens).float().cpu().numpy())

    def _check_width(self) -> None:
        found = self._texts(self._tokens(["width"])).shape[1]
        if found != self.width:
            raise ModelError(
                f"model {self.name}: its width is {found}, models.yaml says {self.width}"
            )


def _loaded(name: str, place: OpenClipPlace, precision: Precision, device: str) -> Any:
    how: dict[str, Any] = {"precision": precision, "device": device}
    try:
        if place.is_folder and place.weights is not None:  # open_clip would take the folder's own
            with _quiet():
                model = open_clip.create_model(place.name, load_weights=False, **how)
            open_clip.load_checkpoint(model, place.weights, weights_only=True)
        else:
            model = open_clip.create_model(
                place.name, place.weights, weights_only=True, require_pretrained=True, **how
            )
    except torch.OutOfMemoryError:
        raise
    except (*MISFITS, *_NO_WEIGHTS) as error:
        raise _cannot_load(name, place.weights or place.name, error) from error
    return model.eval().requires_grad_(False)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep back open_clip's warning that nothing was loaded: it is loaded next."""
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def _tokens(name: str, place: OpenClipPlace) -> ClipTokens:
    try:
        return ClipTokens(place.name)
    except MISFITS as error:
        raise _cannot_load(name, f"the tokenizer of {place.name}", error) from error


def _cannot_load(name: str, what: str, error: Exception) -> ModelError:
    return ModelError(
        f"model {name}: open_clip cannot load {what} ({' '.join(str(error).split())[:300]}); check "
        "the network and its source in models.yaml, or give a folder with the checkpoint as its source"
    )


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

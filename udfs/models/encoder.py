"""The encoder's role: images and texts into one space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from realsyn_lib.images.model_input import ModelInput


@dataclass(frozen=True)
class ImageVectors:
    """Vectors of n images.

    ``embedding`` is (n, width) float32 in the space shared with texts; ``feature`` is
    (n, feature_width) float32 in a space for image-to-image likeness, or None where the encoder
    has no better one than the embedding. All rows have unit L2 norm.
    """

    embedding: np.ndarray
    feature: np.ndarray | None


@dataclass(frozen=True)
class EncoderIdentity:
    """What a registry says of an encoder."""

    name: str
    digest: str
    width: int
    feature_width: int | None


class TextSide(Protocol):
    """Embeds texts. All rows have unit L2 norm."""

    width: int

    def embed_texts(self, texts: list[str]) -> np.ndarray:
        """Return (n, width) float32; a text beyond the model's limit is cut at its end."""
        ...


class Encoder(TextSide, Protocol):
    """Embeds images and texts. All rows have unit L2 norm."""

    name: str
    digest: str
    feature_width: int | None
    image_size: int
    image_input: ModelInput  # how its pictures are scaled and cut; its side is image_size
    rows_per_call: int  # images of one call; fewer cost as much

    def embed_images(self, pixels: np.ndarray) -> np.ndarray:
        """Return (n, width) float32 of (n, image_size, image_size, 3) uint8."""
        ...

    def image_features(self, pixels: np.ndarray) -> ImageVectors:
        """Return embedding and feature of each image from one pass through the model."""
        ...

"""The bridge: an image reaches a text space by a map fitted from what a classifier sees in it.

No joint image-text model comes inside an ordinary package. The bridge stands in for one: a linear
map takes the classifier's feature to where captions of such images lie, and the text vectors of
the likeliest classes are added. ``benchmarks/fit_bridge.py`` fits both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from realsyn_lib.embeddings import unit_rows
from udfs.model_pixels import classifier_input
from udfs.models.efficientnet import IMAGE_SIZE, ROWS_PER_CALL, ClassScores, EfficientNet
from udfs.models.encoder import EncoderIdentity, ImageVectors
from udfs.models.text_encoder import TextEncoder

TOP_CLASSES = 100
CLASS_SHARE = 0.6  # weight of the classes beside the mapped feature, both of unit norm


@dataclass(frozen=True)
class ImageMap:
    """The fitted half: all float32.

    ``feature_mean`` (f,) and ``feature_map`` (f, w) take a feature of unit norm into the text
    space; ``class_vectors`` (c, w) say where each class lies in it, less what all classes share.
    """

    feature_mean: np.ndarray
    feature_map: np.ndarray
    class_vectors: np.ndarray

    @classmethod
    def load(cls, path: Path) -> ImageMap:
        """Read the float16 file that ``benchmarks/fit_bridge.py`` writes."""
        arrays = load_file(path)
        return cls(**{name: array.astype(np.float32) for name, array in arrays.items()})

    def embed(self, scores: ClassScores) -> np.ndarray:
        """Return (n, w) float32 rows of unit norm; a row depends on its own image alone."""
        features = unit_rows(scores.features) - self.feature_mean
        # One einsum for each row's sum: a matrix product's rounding may follow the batch's size.
        mapped = unit_rows(np.einsum("nf,fw->nw", features, self.feature_map))
        return unit_rows(mapped + CLASS_SHARE * self._named(scores.probabilities))

    def _named(self, probabilities: np.ndarray) -> np.ndarray:
        """Return unit rows: the likeliest classes' vectors, weighted by roots of probabilities.

        The root is a softmax at temperature 2: the second and third guess count for more.
        """
        best = np.argsort(-probabilities, axis=1, kind="stable")[:, :TOP_CLASSES]
        weights = np.sqrt(np.take_along_axis(probabilities, best, axis=1))
        return unit_rows(np.einsum("nk,nkw->nw", weights, self.class_vectors[best]))


class BridgeEncoder:
    """A classifier and a map for images, a text encoder for sentences.

    Each half loads when it is first needed: a stage that embeds sentences never loads the
    classifier, one that embeds images never the text encoder.
    """

    image_size = IMAGE_SIZE
    image_input = classifier_input(IMAGE_SIZE)
    rows_per_call = ROWS_PER_CALL

    def __init__(
        self,
        reference: EncoderIdentity,
        image_map: ImageMap,
        load_network: Callable[[], EfficientNet],
        load_texts: Callable[[], TextEncoder],
    ) -> None:
        self.name, self.digest = reference.name, reference.digest
        self.width, self.feature_width = reference.width, reference.feature_width
        self._image_map = image_map
        self._load_network, self._load_texts = load_network, load_texts

    @cached_property
    def _network(self) -> EfficientNet:
        return self._load_network()

    @cached_property
    def _texts(self) -> TextEncoder:
        return self._load_texts()

    def embed_images(self, pixels: np.ndarray) -> np.ndarray:
        """Return (n, width) float32 rows of unit norm."""
        return self.image_features(pixels).embedding

    def image_features(self, pixels: np.ndarray) -> ImageVectors:
        """Return embedding and classifier feature of each image."""
        scores = self._network.score(pixels)
        return ImageVectors(self._image_map.embed(scores), unit_rows(scores.features))

    def embed_texts(self, texts: list[str]) -> np.ndarray:
        """Return (n, width) float32 rows of unit norm."""
        return self._texts.embed_texts(texts)

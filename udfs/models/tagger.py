"""The tagger's role: an image into words with scores."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from realsyn_lib.images.model_input import ModelInput
from realsyn_lib.models.source import FolderSource, ZeroShotSource
from udfs.model_pixels import classifier_input
from udfs.models.best_tags import Tag, best_tags
from udfs.models.context import ModelContext, no_loader
from udfs.models.efficientnet import IMAGE_SIZE, EfficientNet


class Tagger(Protocol):
    """Names what an image shows."""

    name: str
    digest: str
    labels: list[str]
    image_size: int
    image_input: ModelInput  # how its pictures are scaled and cut; its side is image_size

    def tag(self, pixels: np.ndarray, max_tags: int, min_score: float) -> list[list[Tag]]:
        """Return for each (image_size, image_size, 3) uint8 image its tags, best first."""
        ...


class EfficientNetTagger:
    """The 1,000 ImageNet classes and their probabilities."""

    image_size = IMAGE_SIZE
    image_input = classifier_input(IMAGE_SIZE)

    def __init__(self, name: str, digest: str, network: EfficientNet) -> None:
        self.name, self.digest = name, digest
        self.network = network
        self.labels = network.labels

    def tag(self, pixels: np.ndarray, max_tags: int, min_score: float) -> list[list[Tag]]:
        """Return the most probable classes of each image."""
        return best_tags(self.network.score(pixels).probabilities, self.labels, max_tags, min_score)


def load_tagger(context: ModelContext, name: str) -> Tagger:
    """Load a tagger of the registry.

    Raises:
        SettingError: no such tagger.
        ModelError: not fetched, or no code for its loader.
    """
    source = context.reference(name, "tagger").source
    if source.loader == "transformers":
        # Seconds of imports that no other tagger needs.
        from udfs.models.transformers_tagger import TransformersTagger

        return TransformersTagger(context, name)
    if isinstance(source, ZeroShotSource):
        from udfs.models.zero_shot_tagger import load_zero_shot_tagger

        return load_zero_shot_tagger(context, name, source)
    if isinstance(source, FolderSource) and source.loader == "ram_plus":
        from udfs.models.ram_plus_tagger import RamPlusTagger

        return RamPlusTagger(context, name, source)
    if source.loader != "efficientnet_lite0":
        raise no_loader(name, "tagger", source.loader)
    network = EfficientNet(context.folder(name), context.device)
    return EfficientNetTagger(name, context.registry.digest(name), network)

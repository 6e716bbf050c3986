"""The image scorer's role: how probable some labels of a classifier are together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from realsyn_lib.errors import ModelError
from udfs.models.context import ModelContext, no_loader
from udfs.models.transformers_tagger import TransformersTagger


class ImageScorer:
    """Any image classifier of transformers."""

    def __init__(self, classifier: TransformersTagger) -> None:
        self.name, self.digest = classifier.name, classifier.digest
        self.image_size = classifier.image_size
        self._classifier = classifier

    def score(self, pixels: np.ndarray, labels: Sequence[str]) -> np.ndarray:
        """Return (n,) float32 in 0..1, the sum of the probabilities of ``labels``, 1 at most.

        Raises:
            ModelError: a label that the model does not have.
        """
        known = self._classifier.labels
        unknown = [label for label in labels if label not in known]
        if unknown:
            raise ModelError(
                f"model {self.name}: has no label {unknown[0]!r}; it has {', '.join(known[:20])}"
            )
        places = [known.index(label) for label in labels]
        total = self._classifier.probabilities(pixels)[:, places].sum(axis=1)
        return np.asarray(np.minimum(total, 1.0), dtype=np.float32)


def load_image_scorer(context: ModelContext, name: str) -> ImageScorer:
    """Load an image scorer of the registry.

    Raises:
        SettingError: no such image scorer.
        ModelError: not there, or no code for its loader.
    """
    source = context.reference(name, "image_scorer").source
    if source.loader != "transformers":
        raise no_loader(name, "image_scorer", source.loader)
    return ImageScorer(TransformersTagger(context, name))

"""A tagger that transformers loads: any image classifier with its own labels."""

from __future__ import annotations

import numpy as np
import torch
from transformers import AutoImageProcessor, AutoModelForImageClassification

from realsyn_lib.models.fixed_shapes import check_pixels, fixed_rows
from udfs.device import halving
from udfs.model_pixels import classifier_input
from udfs.models.best_tags import Tag, best_tags
from udfs.models.context import ModelContext

ROWS_PER_CALL = {"cpu": 8, "cuda": 256}


class TransformersTagger:
    """Probabilities of a classifier: of each label where it is multi-label, else of one of all."""

    def __init__(self, context: ModelContext, name: str) -> None:
        self.name, self.digest = name, context.registry.digest(name)
        load = AutoModelForImageClassification.from_pretrained
        model = context.pretrained(name, load, use_safetensors=True)
        self._model = model.eval().to(context.device)
        self._processor = context.pretrained(name, AutoImageProcessor.from_pretrained)
        names = model.config.id2label
        self.labels = [names[k].split(",")[0] for k in range(len(names))]
        self._many = model.config.problem_type == "multi_label_classification"
        self._rows = ROWS_PER_CALL[context.device.split(":")[0]]
        self.image_size = int(context.registry.get(name).image_size_px or 224)
        self.image_input = classifier_input(self.image_size)

    def tag(self, pixels: np.ndarray, max_tags: int, min_score: float) -> list[list[Tag]]:
        """Return the most probable labels of each image."""
        return best_tags(self.probabilities(pixels), self.labels, max_tags, min_score)

    def probabilities(self, pixels: np.ndarray) -> np.ndarray:
        """Return (n, labels) float32 of (n, image_size, image_size, 3) uint8."""
        check_pixels(pixels, self.image_size)
        scores = np.empty((len(pixels), len(self.labels)), dtype=np.float32)
        for place, block in fixed_rows(pixels, self._rows):
            scores[place] = halving(block, self._scores)[: place.stop - place.start]
        return scores

    @torch.inference_mode()
    def _scores(self, block: np.ndarray) -> np.ndarray:
        inputs = self._processor(images=list(block), return_tensors="pt", do_resize=False)
        logits = self._model(**inputs.to(self._model.device)).logits.float()
        found = logits.sigmoid() if self._many else logits.softmax(dim=1)
        return np.asarray(found.cpu().numpy())

"""A tagger without weights of its own: an encoder compares an image with the names of tags."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import torch

from realsyn_lib.embeddings import unit_rows
from realsyn_lib.models.cache import locked
from realsyn_lib.models.fixed_shapes import fixed_rows
from realsyn_lib.models.source import ZeroShotSource
from realsyn_lib.models.tag_lists import read_tags
from udfs.models.best_tags import Tag, best_tags
from udfs.models.context import ModelContext
from udfs.models.encoder import Encoder
from udfs.models.load_encoder import load_encoder

ROWS_PER_PRODUCT = 32  # of images with all tags: 1 MB for 8,000 tags
TEXTS_AT_ONCE = 4096


class ZeroShotTagger:
    """Scores of any list of tags; all scores of an image add up to 1."""

    def __init__(
        self, context: ModelContext, name: str, source: ZeroShotSource, encoder: Encoder
    ) -> None:
        self.name, self.digest = name, context.registry.digest(name)
        self.labels = read_tags(name, source.tags)
        self.image_size, self.image_input = encoder.image_size, encoder.image_input
        self._context, self._source, self._encoder = context, source, encoder

    def tag(self, pixels: np.ndarray, max_tags: int, min_score: float) -> list[list[Tag]]:
        """Return the tags nearest to each image."""
        vectors = self._encoder.embed_images(pixels)
        rows: list[list[Tag]] = []
        for place, block in fixed_rows(vectors, ROWS_PER_PRODUCT):
            scores = self._scores(block)[: place.stop - place.start]
            rows += best_tags(scores, self.labels, max_tags, min_score)
        return rows

    @torch.inference_mode()
    def _scores(self, block: np.ndarray) -> np.ndarray:
        """Multiply where the encoder computes: on one core 8,000 tags would hold a GPU up."""
        cosines = torch.from_numpy(block).to(self._context.device) @ self._on_device.T
        return np.asarray((self._source.scale * cosines).softmax(dim=1).cpu().numpy())

    @cached_property
    def _on_device(self) -> torch.Tensor:
        return torch.from_numpy(self._tag_vectors).to(self._context.device)

    @cached_property
    def _tag_vectors(self) -> np.ndarray:
        """Vectors of all tags, (tags, width) float32, unit norm: made once on a node, then mapped.

        8,000 tags cost MiniLM 12 s of a core, and a CLIP, which always reads 77 positions, far
        more. The name of the file holds all that they depend on.
        """
        context = self._context
        device = context.device.partition(":")[0]
        file = context.root / "tags" / f"{self.digest[:24]}-{device}-{context.threads}.npy"
        with locked(context.root, f"tags-{self.name}"):
            if not file.is_file():
                file.parent.mkdir(exist_ok=True)
                made = file.with_suffix(".part.npy")
                np.save(made, self._embed())
                made.replace(file)
        return np.asarray(np.load(file, mmap_mode="c"))  # never written; torch wants it writable

    def _embed(self) -> np.ndarray:
        """Return for each tag the mean direction of its texts."""
        total = np.zeros((len(self.labels), self._encoder.width), dtype=np.float32)
        for template in self._source.templates:
            texts = [template.replace("{}", tag) for tag in self.labels]
            for start in range(0, len(texts), TEXTS_AT_ONCE):
                part = slice(start, start + TEXTS_AT_ONCE)
                total[part] += self._encoder.embed_texts(texts[part])
        return unit_rows(total)


def load_zero_shot_tagger(
    context: ModelContext, name: str, source: ZeroShotSource
) -> ZeroShotTagger:
    """Load the tagger and the encoder it is composed of."""
    encoder = load_encoder(context, source.parts["encoder"])
    return ZeroShotTagger(context, name, source, encoder)

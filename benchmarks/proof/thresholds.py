"""How near two vectors of the stand-in must lie to be one: measured on scenes that are not one."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.proof.clip import pixels_of
from benchmarks.proof.models_file import ENCODER, write_models_file
from benchmarks.proof.picture import draw
from benchmarks.proof.scenes import SEEN, draw_scenes
from benchmarks.proof.sentences import telling
from realsyn_lib.models.registry import load_registry
from udfs.models.context import ModelContext
from udfs.models.load_encoder import load_encoder

_JOINED_SHARE = 0.0002  # of pairs of different scenes that may be taken for one


@dataclass(frozen=True)
class Distances:
    """Cosine distances up to which images, and sentences, count as one."""

    images: float
    sentences: float


def measure_distances(folder: Path, size: int, count: int, seed: int) -> Distances:
    """Return the ``_JOINED_SHARE`` quantile among pairs of ``count`` scenes, of either kind."""
    registry = load_registry(write_models_file(folder, size, "http://127.0.0.1/v1"))
    encoder = load_encoder(ModelContext(registry, folder), ENCODER)
    chance = np.random.default_rng(seed)
    scenes = draw_scenes(count, SEEN, chance)
    pixels = pixels_of(list(map(draw, scenes)), size)
    return Distances(
        _near(encoder.embed_images(pixels)),
        _near(encoder.embed_texts([telling(scene, chance) for scene in scenes])),
    )


def _near(vectors: np.ndarray) -> float:
    cosines = (vectors @ vectors.T)[np.triu_indices(len(vectors), 1)]
    return round(max(0.0, float(np.quantile(1 - cosines, _JOINED_SHARE))), 4)

"""A trained CLIP on pictures it has not seen: zero-shot classes, and retrieval both ways."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from benchmarks.proof.clip import as_input, pixels_of, tokens_of
from benchmarks.proof.picture import draw
from benchmarks.proof.scenes import HELD_BACK, SEEN, Scene, draw_scenes
from benchmarks.proof.sentences import caption

_TEMPLATES = ("a {}", "a small {}", "a large {}", "a {} on grey paper", "a {} hangs on the wall")
_RANKS = (1, 5, 10)
_CLASSES = 240  # new pictures of one thing, for either list of kinds
_SCENES = 240  # new pictures of two things, for either list

Embed = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Trial:
    """One test set. ``right``: of a picture its class, or None where each has a caption of its own."""

    name: str
    images: torch.Tensor
    tokens: np.ndarray
    right: np.ndarray | None


def make_trials(size: int, seed: int, share: float = 1.0) -> list[Trial]:
    """Return classes and scenes of the kinds that were seen, and of those held back.

    ``share`` of the usual number of pictures.
    """
    chance = np.random.default_rng(seed)
    trials = []
    for name, kinds in (("held-back", HELD_BACK), ("seen", SEEN)):
        count = max(1, int(_CLASSES * share) // len(kinds))
        singles = [
            scene for kind in kinds for scene in draw_scenes(count, (kind,), chance, things=1)
        ]
        prompts = [form.format(" ".join(kind)) for kind in kinds for form in _TEMPLATES]
        right = np.repeat(np.arange(len(kinds)), count)
        trials.append(Trial(f"classes {name}", _images(singles, size), tokens_of(prompts), right))
        scenes = draw_scenes(max(12, int(_SCENES * share)), kinds, chance, things=2)
        captions = tokens_of([caption(scene) for scene in scenes])
        trials.append(Trial(f"retrieval {name}", _images(scenes, size), captions, None))
    return trials


def _images(scenes: list[Scene], size: int) -> torch.Tensor:
    return as_input(pixels_of([draw(scene) for scene in scenes], size))


@torch.inference_mode()
def evaluate(model: Any, trials: list[Trial], renumber: Embed) -> dict[str, list[float]]:
    """Return for each figure one value a picture, 0 or 1 (retrieval: the mean of both ways).

    ``renumber`` turns open_clip's token numbers into the model's.
    """
    found: dict[str, list[float]] = {}
    for trial in trials:
        images = model.encode_image(trial.images, normalize=True).numpy()
        texts = model.encode_text(torch.from_numpy(renumber(trial.tokens)), normalize=True).numpy()
        if trial.right is None:
            cosines = images @ texts.T
            for rank in _RANKS:
                found[f"{trial.name} R@{rank}"] = recalled(cosines, rank).tolist()
        else:
            classes = texts.reshape(-1, len(_TEMPLATES), texts.shape[1]).mean(axis=1)
            classes /= np.linalg.norm(classes, axis=1, keepdims=True)
            best = (images @ classes.T).argmax(axis=1)
            found[trial.name] = (best == trial.right).astype(float).tolist()
    return found


def recalled(cosines: np.ndarray, rank: int) -> np.ndarray:
    """Return (n,): of each pair, whether it is among the first ``rank``, meaned over both ways.

    ``cosines`` (n, n): pictures by texts, pair by pair on the diagonal. Of ties the worst is taken.
    """
    own = np.diag(cosines)
    by_image = (cosines >= own[:, None]).sum(axis=1) <= rank
    by_text = (cosines >= own[None, :]).sum(axis=0) <= rank
    return (by_image.astype(float) + by_text) / 2

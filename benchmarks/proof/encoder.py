"""The stand-in for the paper's pretrained encoder: a CLIP trained on a pool of its own.

No encoder that can be had without a model hub knows drawn scenes. This one has seen other pictures
and other sentences than the pool's, and no held-back kind. The pipeline loads it as any open_clip
model, from a folder that an entry of a models file names.
"""

import json
from pathlib import Path

import numpy as np
import open_clip
import torch
from safetensors.torch import save_file

from benchmarks.proof.clip import VOCABULARY, as_input, model_config, new_clip, pixels_of, tokens_of
from benchmarks.proof.fit import Schedule, fit
from benchmarks.proof.picture import draw
from benchmarks.proof.scenes import SEEN, Scene, draw_scenes
from benchmarks.proof.sentences import caption, telling


def make_encoder(folder: Path, pictures: int, schedule: Schedule, size: int, seed: int) -> None:
    """Train on ``pictures`` scenes of equally frequent kinds; write the model and its tags."""
    chance = np.random.default_rng(seed)
    scenes = draw_scenes(pictures, SEEN, chance)
    model = new_clip(size, VOCABULARY, seed)
    tokens = [tokens_of(_texts(scene, chance)) for scene in scenes]
    fit(model, as_input(pixels_of(list(map(draw, scenes)), size)), tokens, schedule, seed)
    folder.mkdir(parents=True, exist_ok=True)
    _save(model, size, folder / "clip")
    tags = [f"{colour} {shape}" for colour, shape in SEEN]
    (folder / "tags.txt").write_text("\n".join(tags) + "\n", encoding="utf-8")


def _texts(scene: Scene, chance: np.random.Generator) -> list[str]:
    """Return the whole scene in short, each thing in short, and a sentence of the web."""
    things = [f"a {' '.join(thing.kind)}" for thing in scene.things]
    return [caption(scene), *things, telling(scene, chance)]


def _save(model: torch.nn.Module, size: int, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    preprocess = {
        "size": size, "mean": open_clip.OPENAI_DATASET_MEAN, "std": open_clip.OPENAI_DATASET_STD,
        "interpolation": "bicubic", "resize_mode": "squash",
    }  # fmt: skip
    config = {"model_cfg": model_config(size), "preprocess_cfg": preprocess}
    (folder / "open_clip_config.json").write_text(json.dumps(config, indent=2))
    state = {name: value.contiguous() for name, value in model.state_dict().items()}
    save_file(state, folder / "open_clip_model.safetensors")

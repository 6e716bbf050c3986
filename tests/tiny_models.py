"""Tiny models of the real architectures with random weights, saved as the real ones are."""

import json
from pathlib import Path
from typing import Any

import open_clip
import torch
from safetensors.torch import save_file

from realsyn_lib.models.registry import Registry, parse_registry
from udfs.models.context import ModelContext

CLIP_WIDTH = 16


def registry_of(entry: str) -> Registry:
    """A registry whose one model is called ``own``; ``entry`` holds its keys but for two."""
    return parse_registry(f"models: {{own: {{licence: own, memory_mb: 1, {entry}}}}}", where="test")


def encoder_entry(folder: Path, width: int = CLIP_WIDTH, more: str = "") -> str:
    source = f"{{kind: folder, path: {folder}, loader: open_clip{more}}}"
    return f"role: encoder, width: {width}, source: {source}"


def encoder_context(folder: Path, width: int = CLIP_WIDTH) -> ModelContext:
    return ModelContext(registry_of(encoder_entry(folder, width)), folder)


def tiny_clip(folder: Path, preprocess: dict[str, Any] | None = None, **text: Any) -> Path:
    """Save a CLIP of one layer a tower with open_clip's own configuration file."""
    folder.mkdir(exist_ok=True)
    custom = {"custom_text": text.pop("custom_text")} if "custom_text" in text else {}
    model = {
        "embed_dim": CLIP_WIDTH,
        "vision_cfg": {
            "image_size": 64, "layers": 1, "width": 32, "head_width": 16, "patch_size": 16,
        },
        "text_cfg": {"vocab_size": 49408, "width": 32, "heads": 2, "layers": 1, **text},
        **custom,
    }  # fmt: skip
    config = {"model_cfg": model, "preprocess_cfg": preprocess or {}}
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    torch.manual_seed(0)
    made = open_clip.create_model(f"local-dir:{folder}", load_weights=False)
    with torch.no_grad():  # places and projections start near zero: an error in them would not show
        for weights in made.parameters():
            weights.normal_(std=0.2)
    state = {name: one.contiguous() for name, one in made.state_dict().items()}
    save_file(state, folder / "open_clip_model.safetensors")
    return folder

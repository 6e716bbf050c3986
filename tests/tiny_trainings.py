"""An architecture small enough to be trained in a test, and what a training has left."""

import json
from pathlib import Path
from typing import Any

import torch

_CONFIG = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 32, "layers": 1, "width": 32, "head_width": 16, "patch_size": 16},
    "text_cfg": {"vocab_size": 49408, "width": 32, "heads": 2, "layers": 1, "context_length": 16},
}


def tiny_architecture(folder: Path) -> str:
    """Write the architecture without weights; returns its name for open_clip."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"model_cfg": _CONFIG, "preprocess_cfg": {}})
    (folder / "open_clip_config.json").write_text(text)
    return f"local-dir:{folder}"


def checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint of open_clip: epoch, state_dict, optimizer."""
    return torch.load(path, weights_only=True)

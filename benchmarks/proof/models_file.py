"""The models file that puts the stand-ins in the place of the local profile's models."""

from pathlib import Path

import yaml

from benchmarks.proof.clip import EMBED_DIM
from benchmarks.proof.generator import SERVED

ENCODER, TAGGER, GENERATOR = "proof-clip", "proof-tagger", "proof-merge"


def write_models_file(folder: Path, size: int, base_url: str) -> Path:
    """Write ``models.yaml`` beside the model and the tags of ``folder``; return it."""
    here = folder.resolve()
    about = {"licence": "Apache-2.0", "memory_mb": 60}
    clip = {"kind": "folder", "loader": "open_clip", "path": str(here / "clip")}
    tags = {
        "kind": "composed", "loader": "zero_shot", "parts": {"encoder": ENCODER},
        "tags": [str(here / "tags.txt")], "templates": ["a {}", "a large {}", "a small {}"],
        "scale": 30.0,
    }  # fmt: skip
    server = {"kind": "server", "base_url": base_url, "served_model": SERVED, "revision": "1"}
    entries = {
        ENCODER: {**about, "role": "encoder", "width": EMBED_DIM, "image_size_px": size, "source": clip},
        TAGGER: {**about, "role": "tagger", "image_size_px": size, "source": tags},
        GENERATOR: {**about, "role": "generator", "source": server},
    }  # fmt: skip
    file = folder / "models.yaml"
    file.write_text(yaml.safe_dump({"models": entries}), encoding="utf-8")
    return file

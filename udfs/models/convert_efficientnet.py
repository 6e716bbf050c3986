"""EfficientNet-lite0 checkpoint -> safetensors under timm's names, and the label names."""

from __future__ import annotations

import json
from pathlib import Path

import timm
import torch
from safetensors.torch import save_file

from realsyn_lib.errors import ModelError

ARCHITECTURE = "tf_efficientnet_lite0"


def convert_efficientnet(folder: Path) -> None:
    """Write ``model.safetensors`` and ``labels.json``; remove what they were made from.

    The checkpoint and timm's model hold the same tensors in the same order under other names.

    Raises:
        ModelError: their number or a shape differs.
    """
    checkpoint = folder / "efficientnet-lite0.pth"
    found = torch.load(checkpoint, map_location="cpu", weights_only=True)
    wanted = timm.create_model(ARCHITECTURE, pretrained=False).state_dict()
    shapes = [tuple(tensor.shape) for tensor in found.values()]
    if shapes != [tuple(tensor.shape) for tensor in wanted.values()]:
        raise ModelError(f"{checkpoint.name}: its tensors are not those of {ARCHITECTURE}")
    renamed = {name: t.contiguous() for name, t in zip(wanted, found.values(), strict=True)}
    save_file(renamed, folder / "model.safetensors")
    (folder / "labels.json").write_text(json.dumps(_labels(folder)), encoding="utf-8")
    for file in ("efficientnet-lite0.pth", "imagenet_synsets.txt", "imagenet_synset_to_lemma.txt"):
        (folder / file).unlink()


def _labels(folder: Path) -> list[str]:
    """Return the first WordNet name of each class; the second where two classes share the first."""
    lines = (folder / "imagenet_synset_to_lemma.txt").read_text(encoding="utf-8").splitlines()
    names = dict(line.split("\t", 1) for line in lines)
    synsets = (folder / "imagenet_synsets.txt").read_text(encoding="utf-8").split()
    lemmas = [[name.strip() for name in names[synset].split(",")] for synset in synsets]
    first = [names[0] for names in lemmas]
    return [
        names[1] if first.count(names[0]) > 1 and len(names) > 1 else names[0] for names in lemmas
    ]

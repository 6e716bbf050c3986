"""RAM++ as tagger: a folder with its published checkpoint, list of tags and thresholds."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

from realsyn_lib.errors import ModelError
from realsyn_lib.images.model_input import ModelInput
from realsyn_lib.models.fixed_shapes import check_pixels, fixed_rows
from realsyn_lib.models.source import FolderSource
from udfs.device import halving
from udfs.models.best_tags import Tag, best_tags
from udfs.models.context import ModelContext
from udfs.models.ram_plus import load_ram_plus

TAGS, THRESHOLDS = "ram_tag_list.txt", "ram_tag_list_threshold.txt"
IMAGE_SIZE = 384
ROWS_PER_CALL = {"cpu": 1, "cuda": 32}
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet
UNSURE = -1.0  # below any min_tag_score


class RamPlusTagger:
    """Probabilities of all tags; those below a tag's own threshold count for nothing."""

    def __init__(self, context: ModelContext, name: str, source: FolderSource) -> None:
        self.name, self.digest = name, context.registry.digest(name)
        folder = Path(source.path)
        self.labels = _lines(name, folder / TAGS)
        self._thresholds = _thresholds(name, folder / THRESHOLDS, len(self.labels))
        self.image_size = int(context.registry.get(name).image_size_px or IMAGE_SIZE)
        # As its authors have them: both sides scaled to the square.
        self.image_input = ModelInput(self.image_size, "squash", interpolation="bilinear")
        network = load_ram_plus(_checkpoint(name, folder), name, len(self.labels), self.image_size)
        self._dtype = torch.float32 if context.device == "cpu" else torch.float16
        self._network = network.eval().to(context.device, self._dtype)
        self._device = context.device
        self._rows = ROWS_PER_CALL[context.device.split(":")[0]]

    def tag(self, pixels: np.ndarray, max_tags: int, min_score: float) -> list[list[Tag]]:
        """Return the most probable tags of each image."""
        check_pixels(pixels, self.image_size)
        rows: list[list[Tag]] = []
        for place, block in fixed_rows(pixels, self._rows):
            scores = halving(block, self._scores)[: place.stop - place.start]
            sure = np.where(scores > self._thresholds, scores, UNSURE).astype(np.float32)
            rows += best_tags(sure, self.labels, max_tags, min_score)
        return rows

    @torch.inference_mode()
    def _scores(self, block: np.ndarray) -> np.ndarray:
        images = torch.from_numpy(block).to(self._device).permute(0, 3, 1, 2).float() / 255
        mean, deviation = (
            torch.tensor(values, device=self._device).view(1, 3, 1, 1)
            for values in (MEAN, DEVIATION)
        )
        logits = self._network(((images - mean) / deviation).to(self._dtype))
        return np.asarray(logits.float().sigmoid().cpu().numpy())


def _checkpoint(name: str, folder: Path) -> Mapping[str, torch.Tensor]:
    """Read the one checkpoint of a folder; nothing in it can run code."""
    for file in sorted(folder.glob("*.safetensors")):
        return dict(load_file(file))
    for file in sorted(folder.glob("*.pth")):
        try:
            found = torch.load(file, map_location="cpu", weights_only=True)
            return dict(found.get("model", found))
        except (pickle.UnpicklingError, RuntimeError, EOFError, AttributeError) as error:
            raise ModelError(
                f"model {name}: {file} is no checkpoint of tensors alone "
                f"({' '.join(str(error).split())[:200]})"
            ) from error
    raise ModelError(f"model {name}: {folder} holds no *.safetensors or *.pth")


def _lines(name: str, file: Path) -> list[str]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(
            f"model {name}: {file}: {error}; RAM++ publishes it with its code"
        ) from error
    if not lines:
        raise ModelError(f"model {name}: {file} is empty, expected one tag a line")
    return lines


def _thresholds(name: str, file: Path, tags: int) -> np.ndarray:
    try:
        found = np.array([float(line) for line in _lines(name, file)], dtype=np.float32)
    except ValueError as error:
        raise ModelError(f"model {name}: {file}: {error}; expected a number a line") from error
    if len(found) != tags:
        raise ModelError(f"model {name}: {file} has {len(found)} thresholds for {tags} tags")
    return found

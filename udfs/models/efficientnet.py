"""EfficientNet-lite0: class probabilities and the penultimate feature in one pass."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import timm
import torch
from safetensors.torch import load_file

from realsyn_lib.models.fixed_shapes import check_pixels, fixed_rows

ARCHITECTURE = "tf_efficientnet_lite0"
IMAGE_SIZE = 224
ROWS_PER_CALL = 8
# The network was trained on (x - 127) / 128, not on timm's (x - 127.5) / 127.5.
PIXEL_MEAN, PIXEL_SCALE = 127.0, 128.0


@dataclass(frozen=True)
class ClassScores:
    """Of n images: probabilities (n, 1000) and features (n, 1280), float32."""

    probabilities: np.ndarray
    features: np.ndarray


class EfficientNet:
    """The classifier with its labels."""

    def __init__(self, folder: Path, device: str) -> None:
        self.labels: list[str] = json.loads((folder / "labels.json").read_text(encoding="utf-8"))
        model = timm.create_model(ARCHITECTURE, pretrained=False)
        model.load_state_dict(load_file(folder / "model.safetensors"))
        self._model = model.eval().to(device, memory_format=torch.channels_last)
        self._device = device
        self.feature_width = int(model.num_features)

    def score(self, pixels: np.ndarray) -> ClassScores:
        """Score (n, 224, 224, 3) uint8 images."""
        check_pixels(pixels, IMAGE_SIZE)
        probabilities = np.empty((len(pixels), len(self.labels)), dtype=np.float32)
        features = np.empty((len(pixels), self.feature_width), dtype=np.float32)
        for rows, block in fixed_rows(pixels, ROWS_PER_CALL):
            count = rows.stop - rows.start
            found, last = self._forward(block)
            probabilities[rows], features[rows] = found[:count], last[:count]
        return ClassScores(probabilities, features)

    @torch.inference_mode()
    def _forward(self, block: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        images = torch.from_numpy(block).to(self._device).permute(0, 3, 1, 2)  # channels last
        images = (images.float() - PIXEL_MEAN) / PIXEL_SCALE
        maps = self._model.forward_features(images)
        features = self._model.forward_head(maps, pre_logits=True)
        logits = self._model.classifier(features)
        return logits.softmax(dim=1).cpu().numpy(), features.cpu().numpy()

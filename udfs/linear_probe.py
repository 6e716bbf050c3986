"""A linear classifier on frozen vectors, trained as CLIP_benchmark trains its own."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn.functional import cross_entropy


@dataclass(frozen=True)
class ProbeSettings:
    """Passes over the rows, the highest learning rate, rows of a step, seed of start and order."""

    epochs: int
    learning_rate: float
    batch_size: int
    seed: int


@dataclass(frozen=True)
class LinearProbe:
    """``scores = vectors @ weights + bias``: (width, classes) and (classes,) float32."""

    weights: np.ndarray
    bias: np.ndarray

    def scores(self, vectors: np.ndarray) -> np.ndarray:
        """Return (n, classes) float32 of (n, width)."""
        return np.asarray(vectors @ self.weights + self.bias, dtype=np.float32)


def fit_probe(
    vectors: np.ndarray, labels: np.ndarray, classes: int, settings: ProbeSettings, device: str
) -> LinearProbe:
    """Fit a softmax classifier by AdamW without weight decay, its rate falling by half a cosine.

    Args:
        vectors: (n, width) of unit norm; float16 in a mapped file will do, a step reads its rows.
        labels: (n,) int64, 0 to ``classes`` - 1.
        classes: their number.
        settings: of the training.
        device: of torch.

    Returns:
        The probe of the last step. Equal input gives an equal probe on one kind of device.

    Source: CLIP_benchmark's linear_probe without a validation split.
    """
    chance = torch.Generator().manual_seed(settings.seed)
    bound = 1 / math.sqrt(vectors.shape[1])  # as torch.nn.Linear starts
    weights, bias = (
        torch.empty(shape).uniform_(-bound, bound, generator=chance).to(device).requires_grad_()
        for shape in ((vectors.shape[1], classes), (classes,))
    )
    steps = math.ceil(len(vectors) / settings.batch_size) * settings.epochs
    optimizer = torch.optim.AdamW([weights, bias], settings.learning_rate, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: 0.5 * (1 + math.cos(math.pi * step / steps))
    )
    for _ in range(settings.epochs):
        order = torch.randperm(len(vectors), generator=chance).numpy()
        for start in range(0, len(order), settings.batch_size):
            rows = np.sort(order[start : start + settings.batch_size])  # one way through a file
            features = torch.from_numpy(vectors[rows].astype(np.float32)).to(device)
            optimizer.zero_grad()
            wanted = torch.from_numpy(labels[rows]).to(device)
            loss: torch.Tensor = cross_entropy(features @ weights + bias, wanted)
            torch.autograd.backward(loss)
            optimizer.step()
            schedule.step()
    return LinearProbe(weights.detach().cpu().numpy(), bias.detach().cpu().numpy())

"""One training: pictures with one or more texts each -> a CLIP."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import open_clip
import torch

_MAX_LOGIT_SCALE = float(np.log(100))


@dataclass(frozen=True)
class Schedule:
    """Steps, pictures a step, highest learning rate."""

    steps: int
    batch: int = 128
    learning_rate: float = 2e-3


def fit(
    model: Any, images: torch.Tensor, texts: list[np.ndarray], schedule: Schedule, seed: int
) -> None:
    """Train in place: of each picture one of its texts a step, each as likely (RealSyn, 4.1).

    The paper's optimiser and schedule: AdamW, betas 0.9 and 0.98, decay 0.2, one cycle with a tenth
    of warm-up. The smaller the set, the more often it is gone through: the steps are the same.

    Args:
        model: an open_clip model.
        images: (n, 3, side, side) float32.
        texts: n arrays (texts of the picture, length) int64, at least one text each.
        schedule: how long.
        seed: decides order and choice of texts.
    """
    chance = np.random.default_rng(seed)
    torch.manual_seed(seed)
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=schedule.learning_rate, betas=(0.9, 0.98), eps=1e-6, weight_decay=0.2
    )
    rates = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, schedule.learning_rate, total_steps=schedule.steps, pct_start=0.1
    )
    loss_of = open_clip.ClipLoss()
    model.train()
    for rows in _batches(len(images), schedule, chance):
        picked = [texts[row][int(chance.integers(len(texts[row])))] for row in rows.tolist()]
        loss = loss_of(*model(images[rows], torch.from_numpy(np.stack(picked))))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        rates.step()
        with torch.no_grad():
            model.logit_scale.clamp_(0, _MAX_LOGIT_SCALE)
    model.eval()


def _batches(rows: int, schedule: Schedule, chance: np.random.Generator) -> list[np.ndarray]:
    """Return the row numbers of each step: one shuffled round through all rows after the other."""
    wanted = schedule.steps * schedule.batch
    rounds = [chance.permutation(rows) for _ in range(-(-wanted // rows))]
    return np.split(np.concatenate(rounds)[:wanted], schedule.steps)

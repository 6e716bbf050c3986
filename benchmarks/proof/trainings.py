"""All trainings: arms x samplings x seeds, each kept in a file of its own, so that a kill loses one."""

import json
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from benchmarks.proof.clip import Vocabulary, as_input, new_clip, pixels_of, tokens_of
from benchmarks.proof.datasets import ARMS, SAMPLINGS, Picture
from benchmarks.proof.evaluate import Trial, evaluate
from benchmarks.proof.fit import Schedule, fit


@dataclass(frozen=True)
class Training:
    """One run: which texts, which pictures, which seed."""

    arm: str
    sampling: str
    seed: int

    @property
    def name(self) -> str:
        """Return the name of its file."""
        return f"{self.sampling}-{self.arm}-{self.seed}"


def all_trainings(seeds: list[int]) -> list[Training]:
    """Return them seed after seed: whenever it is stopped, all arms have had the same seeds."""
    return [
        Training(arm, sampling, seed) for seed in seeds for sampling in SAMPLINGS for arm in ARMS
    ]


class Trainer:
    """Holds pictures and tokens once for all trainings."""

    def __init__(
        self, pages: Path, pictures: list[Picture], trials: list[Trial], size: int
    ) -> None:
        """Read the pictures' files at ``size`` px and all texts of all arms."""
        self._pictures, self._trials, self._size = pictures, trials, size
        self._images = as_input(pixels_of([_opened(pages / one.file) for one in pictures], size))
        tokens = {arm: [tokens_of(one.texts[arm]) for one in pictures] for arm in ARMS}
        blocks = [block for arm in ARMS for block in tokens[arm]] + [one.tokens for one in trials]
        self._vocabulary = Vocabulary(blocks)
        self._tokens = {arm: [self._vocabulary(block) for block in tokens[arm]] for arm in ARMS}

    def run(self, training: Training, schedule: Schedule) -> dict[str, list[float]]:
        """Train from scratch; return the figures of ``evaluate``."""
        rows = [row for row, one in enumerate(self._pictures) if training.sampling in one.samplings]
        model = new_clip(self._size, len(self._vocabulary), training.seed)
        texts = [self._tokens[training.arm][row] for row in rows]
        fit(model, self._images[rows], texts, schedule, training.seed)
        return evaluate(model, self._trials, self._vocabulary)


def run_missing(
    trainer: Trainer, trainings: list[Training], schedule: Schedule, folder: Path
) -> None:
    """Run those whose file is not there yet; a file is there only when it is whole."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, training in enumerate(trainings, start=1):
        file = folder / f"{training.name}.json"
        if file.exists():
            continue
        used = time.process_time()
        figures = trainer.run(training, schedule)
        cost = round(time.process_time() - used, 1)
        part = file.with_suffix(".part")
        part.write_text(json.dumps({"core_s": cost, "figures": figures}), encoding="utf-8")
        part.replace(file)
        means = ", ".join(f"{name} {np.mean(values):.3f}" for name, values in figures.items())
        print(f"{number}/{len(trainings)} {training.name}: {cost} core-s; {means}", flush=True)


def read_figures(folder: Path, trainings: list[Training]) -> dict[str, dict[str, np.ndarray]]:
    """Return ``sampling arm`` -> figure -> (seeds, pictures), in the order of the seeds.

    Raises:
        FileNotFoundError: a training has not been run.
    """
    runs: dict[str, list[dict[str, list[float]]]] = {}
    for training in trainings:
        found = json.loads((folder / f"{training.name}.json").read_text(encoding="utf-8"))
        runs.setdefault(f"{training.sampling} {training.arm}", []).append(found["figures"])
    return {
        key: {name: np.array([run[name] for run in of_seeds]) for name in of_seeds[0]}
        for key, of_seeds in runs.items()
    }


def core_seconds(folder: Path, trainings: list[Training]) -> float:
    """Return what all of them took together."""
    files = [folder / f"{training.name}.json" for training in trainings]
    return sum(float(json.loads(file.read_text())["core_s"]) for file in files)


def use_one_core() -> None:
    """Bound torch to one thread."""
    torch.set_num_threads(1)


def _opened(path: Path) -> Image.Image:
    with Image.open(path) as opened:
        return opened.convert("RGB")

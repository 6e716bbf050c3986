"""The same trainings on a finished warehouse of real pages, tested on captioned pictures.

``python -m benchmarks.proof.real --warehouse build/demo --pages samples/pages --captions DIR``: DIR
holds ``captions.tsv`` and its pictures. One sampling: all pairs inside the cosine band.
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.captioned import read_captioned
from benchmarks.proof.clip import as_input, pixels_of, tokens_of
from benchmarks.proof.datasets import ARMS, read_datasets
from benchmarks.proof.evaluate import Trial
from benchmarks.proof.fit import Schedule
from benchmarks.proof.intervals import estimate
from benchmarks.proof.trainings import (
    Trainer,
    all_trainings,
    read_figures,
    run_missing,
    use_one_core,
)

_TRIAL = "retrieval captions"


def main() -> None:
    """Train what is missing, print recall beside that of chance."""
    arguments = _arguments()
    use_one_core()
    pictures = read_datasets(arguments.warehouse, arguments.tier)
    trial = _captions(arguments.captions / "captions.tsv", arguments.size)
    trainings = [one for one in all_trainings(arguments.seeds) if one.sampling == "balanced"]
    schedule = Schedule(arguments.steps, arguments.batch)
    trainer = Trainer(arguments.pages, pictures, [trial], arguments.size)
    run_missing(trainer, trainings, schedule, arguments.work)
    figures = read_figures(arguments.work, trainings)
    print(f"{len(pictures)} pictures; tested on {len(trial.images)}")
    for rank in (5, 10):
        print(f"R@{rank}, chance {100 * rank / len(trial.images):.1f} %")
        for arm, meaning in ARMS.items():
            found = estimate(figures[f"balanced {arm}"][f"{_TRIAL} R@{rank}"])
            ends = f"[{100 * found.low:.1f}, {100 * found.high:.1f}]"
            print(f"  ({arm}) {meaning}: {100 * found.mean:.1f} {ends}")


def _captions(table: Path, size: int) -> Trial:
    rows = read_captioned(table)
    pixels = np.concatenate([pixels_of([Image.open(row.path)], size) for row in rows])
    return Trial(_TRIAL, as_input(pixels), tokens_of([row.text for row in rows]), None)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--warehouse", type=Path, required=True)
    parser.add_argument("--tier", default="all", help="of the warehouse, with all its pairs")
    parser.add_argument("--pages", type=Path, required=True, help="what --input was")
    parser.add_argument("--captions", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=Path("build/proof-real"))
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--steps", type=int, default=150)
    parser.add_argument("--batch", type=int, default=64)
    return parser.parse_args()


if __name__ == "__main__":
    main()

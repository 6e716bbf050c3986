"""Does the pipeline's data teach a CLIP more than the pages' own texts do? A trial where truth is known.

``python -m benchmarks.proof.run --work build/proof`` makes a pool of pages, runs the pipeline on it,
trains small CLIPs from scratch on four kinds of text and two samplings, and tests them on pictures,
and kinds of things, that none has seen. The same command goes on where it was stopped. What it
means, and what came out: docs/proof.md.
"""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from benchmarks.proof.agreement import agreements
from benchmarks.proof.datasets import Picture, load_datasets, read_datasets, save_datasets
from benchmarks.proof.encoder import make_encoder
from benchmarks.proof.evaluate import make_trials
from benchmarks.proof.figure import figure_svg
from benchmarks.proof.fit import Schedule
from benchmarks.proof.pages import TRUTH, Shares, read_truth, write_pool
from benchmarks.proof.pipeline import TIER, run_pipeline
from benchmarks.proof.tables import agreement_rows, arm_rows, difference_rows
from benchmarks.proof.thresholds import Distances, measure_distances
from benchmarks.proof.trainings import (
    Trainer,
    all_trainings,
    core_seconds,
    read_figures,
    run_missing,
    use_one_core,
)

_SEEDS = {"encoder": 7, "distances": 8, "pool": 103, "trials": 104}
_MEASURED_SCENES = 600  # whose distances are looked at
_TIER_SHARE = 0.4  # of the pool's pictures that either sampling draws


def main(argv: list[str] | None = None) -> None:
    """Make what is missing, step by step, then tell the results."""
    arguments = _arguments(argv)
    work = arguments.work
    work.mkdir(parents=True, exist_ok=True)
    _same_settings(work, arguments)
    use_one_core()
    pictures = _pictures(work, arguments)
    if arguments.to == "results":
        _train(work, arguments, pictures)
        _tell(work, arguments, pictures)


def _pictures(work: Path, arguments: argparse.Namespace) -> list[Picture]:
    """Make pages and run the pipeline on them, unless that is done."""
    file, pages, warehouse = work / "datasets.json", work / "pages", work / "warehouse"
    if not file.exists():
        distances = _encoder(work / "encoder", arguments)
        if not (pages / TRUTH).exists():
            write_pool(pages, arguments.images, _SEEDS["pool"], Shares())
        tier_rows = round(_TIER_SHARE * arguments.images)
        run_pipeline(pages, warehouse, work / "encoder", arguments.size, distances, tier_rows)
        save_datasets(read_datasets(warehouse, TIER), file)
    return load_datasets(file)


def _encoder(folder: Path, arguments: argparse.Namespace) -> Distances:
    """Train the stand-in unless it is there; the distances are written last."""
    file = folder / "distances.json"
    if not file.exists():
        schedule = Schedule(arguments.encoder_steps, arguments.batch)
        pictures, size = arguments.encoder_pictures, arguments.size
        make_encoder(folder, pictures, schedule, size, _SEEDS["encoder"])
        scenes = min(_MEASURED_SCENES, pictures)
        measured = measure_distances(folder, size, scenes, _SEEDS["distances"])
        file.write_text(json.dumps(asdict(measured)))
    return Distances(**json.loads(file.read_text()))


def _train(work: Path, arguments: argparse.Namespace, pictures: list[Picture]) -> None:
    trials = make_trials(arguments.size, _SEEDS["trials"], arguments.trials)
    trainer = Trainer(work / "pages", pictures, trials, arguments.size)
    schedule = Schedule(arguments.steps, arguments.batch)
    run_missing(trainer, all_trainings(arguments.seeds), schedule, _runs(work, arguments))


def _tell(work: Path, arguments: argparse.Namespace, pictures: list[Picture]) -> None:
    """Write ``results.md`` and ``results.svg`` into the work folder; print the first."""
    trainings, folder = all_trainings(arguments.seeds), _runs(work, arguments)
    figures = read_figures(folder, trainings)
    drawn = sum("balanced" in picture.samplings for picture in pictures)
    head = (
        f"{len(trainings)} trainings, {arguments.steps} steps of {arguments.batch} pictures, "
        f"{drawn} pictures in either sampling, {core_seconds(folder, trainings):,.0f} core-seconds."
    )
    told = agreement_rows(agreements(pictures, read_truth(work / "pages")))
    text = "\n\n".join([head, *map("\n".join, (told, arm_rows(figures), difference_rows(figures)))])
    (work / "results.md").write_text(text + "\n", encoding="utf-8")
    (work / "results.svg").write_text(figure_svg(figures), encoding="utf-8")
    print(text)


def _runs(work: Path, arguments: argparse.Namespace) -> Path:
    return work / f"runs-{arguments.steps}x{arguments.batch}"


def _same_settings(work: Path, arguments: argparse.Namespace) -> None:
    """Refuse a folder that was begun with other settings: its parts would not fit together."""
    file = work / "settings.json"
    wanted = {
        name: getattr(arguments, name)
        for name in ("images", "size", "batch", "encoder_pictures", "encoder_steps", "trials")
    }
    if file.exists() and json.loads(file.read_text()) != wanted:
        print(
            f"proof: {work} was begun with {file.read_text()}; give another --work", file=sys.stderr
        )
        sys.exit(2)
    file.write_text(json.dumps(wanted))


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--work", type=Path, default=Path("build/proof"), help="folder of all files"
    )
    parser.add_argument("--images", type=int, default=800, help="different pictures of the pool")
    parser.add_argument("--size", type=int, default=32, help="side of what the models see, px")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--steps", type=int, default=150, help="of each training")
    parser.add_argument("--batch", type=int, default=64, help="pictures a step")
    parser.add_argument("--encoder-pictures", type=int, default=2000)
    parser.add_argument("--encoder-steps", type=int, default=500)
    parser.add_argument("--trials", type=float, default=1.0, help="share of the test pictures")
    parser.add_argument(
        "--to", choices=("texts", "results"), default="results", help="where to stop"
    )
    return parser.parse_args(argv)


if __name__ == "__main__":
    main()

"""What one per cent more documents cost, stage by stage, beside the run over all the others.

Stages that compute row by row, and dedup_images, which one of them needs. Start-up is apart: a
small run warms the session and the workers' models, and a second one tells what a stage costs that
has next to nothing to do.
"""

import argparse
import json
import os
import tempfile
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from engine_share import Times, run_line
from made_pages import make_pages
from pyspark.sql import SparkSession
from side_by_side import core_seconds

from jobs.session import open_session
from realsyn_lib.config import Config, load_config
from realsyn_lib.stages import stage_named
from udfs.model_times import FOLDER

STAGES = ("extract_documents", "fetch_images", "filter_images", "embed_images", "filter_sentences",
          "embed_sentences", "dedup_images", "describe_images")  # fmt: skip
WARM_SENTENCES, WARM_IMAGES = 60, 10
GOAL = 0.1


@dataclass(frozen=True)
class Cost:
    """Core-seconds of a stage, and seconds inside models, added over processes."""

    core_s: float
    model_s: float


def main() -> None:
    """Make the pages, warm up, run over them, add the others, run again; print core-seconds."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory(dir=arguments.work) as work:
        os.environ[FOLDER] = str(Path(work) / "model-times")
        Path(os.environ[FOLDER]).mkdir()
        _report(arguments, _measured(arguments, Path(work)))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--input", required=True, type=Path, help="folder of pages with pictures")
    parser.add_argument("--sentences", type=int, default=3000)
    parser.add_argument("--images", type=int, default=300)
    parser.add_argument("--share", type=float, default=0.01, help="of the documents that are added")
    parser.add_argument("--stages", nargs="+", default=STAGES, help="in the order of the line")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--work", type=Path, help="folder for everything that is made")
    return parser.parse_args()


def _measured(arguments: argparse.Namespace, work: Path) -> dict[str, dict[str, Cost]]:
    """Return what each stage cost, by run and stage."""
    config = load_config("local", [f"spark.master=local[{arguments.threads},4]"])
    spark = open_session(config, "new_documents")
    pages, small = work / "pages", work / "small"
    make_pages(arguments.input, small, WARM_SENTENCES, WARM_IMAGES)
    make_pages(arguments.input, pages, arguments.sentences, arguments.images)

    def run(source: Path, warehouse: str) -> dict[str, Cost]:
        return _stages(spark, config, arguments.stages, source, work / warehouse)

    run(small, "warm")
    found = {"small": run(small, "small-again"), "full": run(pages, "warehouse")}
    more = [round(count * arguments.share) for count in (arguments.sentences, arguments.images)]
    make_pages(arguments.input, pages / "more", *more, seed=2)
    return found | {"added": run(pages, "warehouse")}


def _stages(
    spark: SparkSession, config: Config, stages: list[str], pages: Path, place: Path
) -> dict[str, Cost]:  # fmt: skip
    found = {}
    for name in stages:
        before = core_seconds(os.getpid())
        times: Times = run_line(spark, config, [stage_named(name)], pages, place)[name]
        found[name] = Cost(core_seconds(os.getpid()) - before, times.model_s)
    return found


def _report(arguments: argparse.Namespace, found: dict[str, dict[str, Cost]]) -> None:
    heads = [f"{run} {kind}" for kind in ("core-s", "model s") for run in found]
    print(f"{'stage':<20}" + "".join(f"{head:>15}" for head in heads))
    for name in arguments.stages:
        costs = [run[name] for run in found.values()]
        cells = [cost.core_s for cost in costs] + [cost.model_s for cost in costs]
        print(f"{name:<20}" + "".join(f"{cell:>15.2f}" for cell in cells))
    small, full, added = (sum(cost.core_s for cost in run.values()) for run in found.values())
    facts = {
        "name": "new_documents",
        "n": {"sentences": arguments.sentences, "images": arguments.images},
        "share_added": arguments.share,
        "costs": {run: {k: asdict(v) for k, v in costs.items()} for run, costs in found.items()},
        "share_of_full": added / full,
        "share_of_full_without_small": (added - small) / (full - small),
        "goal": GOAL,
        "versions": {name: version(name) for name in ("pyspark", "delta-spark", "torch")},
    }
    print(json.dumps(facts))


if __name__ == "__main__":
    main()

"""How the cost of the whole line grows with its input, and what its driver holds.

The line runs over made pages (``made_pages.py``) of one, two, four and eight times a size, each in a session
of its own on a local cluster: the driver has a JVM of its own, and a small heap. A small run comes first, so
that imports, models and most of Java's compiling are out of the figures; its twin is the fixed cost that
is taken off. The slope is that of the logarithms, by least squares; 1 means that cost grows as the input
does. After each stage the driver's heap is collected and what is left is counted.
"""

import argparse
import json
import os
import tempfile
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from engine_share import Times, run_line
from made_pages import make_pages
from side_by_side import core_seconds, in_turn, start_up_ends
from slopes import slope_of

_WARM = (60, 10)  # sentences, images
_HEAP = "512m"  # of the driver
_CLUSTER = (
    "spark.master=local-cluster[1,2,6144]",
    f"spark.driver_memory={_HEAP}",
    "spark.conf.spark.executor.memory=4g",
)


@dataclass(frozen=True)
class Cost:
    """Core-seconds of the line, seconds of each stage, and the most that the driver's heap held."""

    core_s: float
    stages: dict[str, Times]
    driver_mb: float


def main() -> None:
    """Run all sizes, print a line for each, the slopes and the JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--input", type=Path, default=Path("samples/pages"), help="real pages")
    parser.add_argument("--images", type=int, default=100, help="of the smallest size")
    parser.add_argument("--sentences", type=int, default=500, help="of the smallest size")
    parser.add_argument("--times", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--to", help="last stage")
    parser.add_argument("--work", type=Path, help="folder for everything that is made")
    arguments = parser.parse_args()
    found: list[tuple[int, Cost, Cost]] = []
    print("   images sentences   seconds    core-s     fixed driver MB worker MB", flush=True)
    for times in arguments.times:
        size = arguments.sentences * times, arguments.images * times
        with tempfile.TemporaryDirectory(dir=arguments.work) as work:
            asked = (str(arguments.input), work, size, arguments.to)
            (run,) = in_turn({"one size": one_size}, 1, *asked)["one size"]
        fixed, cost = run.answer
        found.append((times, fixed, cost))
        wall_s = sum(stage.wall_s for stage in cost.stages.values())
        print(
            f"{size[1]:>9,}{size[0]:>10,}{wall_s:>10.1f}{cost.core_s:>10.1f}{fixed.core_s:>10.1f}"
            f"{cost.driver_mb:>10.0f}{run.worker_mb:>10.0f}",
            flush=True,
        )
    _report(arguments, found)


def one_size(
    pages: str, work: str, size: tuple[int, int], last: str | None
) -> tuple[float, tuple[Cost, Cost]]:
    """Return start-up and (the small run's cost once warm, the cost of the size)."""
    from jobs.session import open_session
    from realsyn_lib.config import load_config
    from realsyn_lib.stages import stages_between

    started, place = time.perf_counter(), Path(work)
    os.environ["SPARK_WORKER_DIR"] = work  # logs of executors
    os.environ["REALSYN_MODEL_TIMES"] = str(place)
    make_pages(Path(pages), place / "warm-pages", *_WARM)
    make_pages(Path(pages), place / "pages", *size)
    config = load_config("local", list(_CLUSTER))
    spark, specs = open_session(config, "line_slope"), stages_between(None, last)

    def cost(pages: str, warehouse: str) -> Cost:
        before, stages, driver_mb = core_seconds(os.getpid()), {}, 0.0
        for spec in specs:
            stages |= run_line(spark, config, [spec], place / pages, place / warehouse)
            driver_mb = max(driver_mb, _held_mb(spark))
        return Cost(core_seconds(os.getpid()) - before, stages, driver_mb)

    cost("warm-pages", "warm")
    start_up_s = time.perf_counter() - started
    start_up_ends()
    costs = cost("warm-pages", "fixed"), cost("pages", "whole")
    spark.stop()
    return start_up_s, costs


def _held_mb(spark: Any) -> float:
    """Return what is left in the driver's heap after a collection."""
    java = spark._jvm.java.lang
    java.System.gc()
    runtime = java.Runtime.getRuntime()
    return float(runtime.totalMemory() - runtime.freeMemory()) / 2**20


def _report(arguments: argparse.Namespace, found: list[tuple[int, Cost, Cost]]) -> None:
    """Print the seconds of each stage by size, the slopes, and the JSON object."""
    times = np.array([times for times, _, _ in found], float)
    for name in found[-1][2].stages:
        seconds = [cost.stages[name].wall_s for _, _, cost in found]
        print(f"{name:<20}" + "".join(f"{second:>9.1f}" for second in seconds))
    core_s = [cost.core_s - fixed.core_s for _, fixed, cost in found]
    driver = [cost.driver_mb for _, _, cost in found]
    slope = slope_of(times, np.array(core_s)) if len(times) > 1 else None
    facts = {
        "name": "line_slope",
        "n": [arguments.images * int(one) for one in times],
        "ours": core_s,
        "peer": None,
        "ratio": None,
        "quality_ours": None,
        "quality_peer": None,
        "slope": slope,
        "driver_mb": driver,
        "driver_growth": driver[-1] / driver[0],
        "wall_s": sum(stage.wall_s for _, _, cost in found for stage in cost.stages.values()),
        "versions": {name: version(name) for name in ("pyspark", "delta-spark", "torch")},
    }
    print(json.dumps(facts))


if __name__ == "__main__":
    main()

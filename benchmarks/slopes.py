"""How the core-seconds of a dedup stage grow with its rows, and what its driver holds.

The stage itself runs on Delta tables of made rows, each size in a process of its own, which runs it on
a small table twice before: the second time is the fixed cost, and it is taken off. The slope is that of
the logarithms, by least squares over all sizes; 1 means that cost grows as rows do.

With ``--cluster`` driver and executor are JVMs of their own (``local-cluster``), so that the peak
memory of the driver can be told from that of the tasks: what to compare over sizes is ``driver MB``.
"""

import argparse
import json
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from added_rows import STAGES, made_rows
from made_line import Cost, Line
from side_by_side import in_turn, warm_session

_SMALL = 2000
_CLUSTER = (
    "spark.master=local-cluster[1,2,6144]",
    "spark.driver_memory=1g",
    "spark.conf.spark.executor.memory=4g",
)


def main() -> None:
    """Run all sizes, print a line for each, the slope and the JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", choices=("sentences", "images"), default="sentences")
    sizes = [250_000, 500_000, 1_000_000, 2_000_000]
    parser.add_argument("--sizes", type=int, nargs="+", default=sizes)
    parser.add_argument("--width", type=int, default=384)
    parser.add_argument("--cluster", action="store_true")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--work", type=Path, help="folder for everything that is made")
    arguments = parser.parse_args()
    found = []
    print("      rows   seconds    core-s     fixed   JVM MB worker MB driver MB")
    for size in arguments.sizes:
        with tempfile.TemporaryDirectory(dir=arguments.work) as work:
            asked = (arguments.kind, size, arguments.width, arguments.threads, work)
            (run,) = in_turn({"one size": one_size}, 1, *asked, arguments.cluster)["one size"]
        fixed, cost, driver_mb = run.answer
        found.append((size, cost.core_s - fixed.core_s, driver_mb))
        print(
            f"{size:>10,}{cost.wall_s:>10.1f}{cost.core_s:>10.1f}{fixed.core_s:>10.1f}"
            f"{run.jvm_mb:>9.0f}{run.worker_mb:>10.0f}{driver_mb:>10.0f}",
            flush=True,
        )
    rows, core_s, driver = (np.array(column, float) for column in zip(*found, strict=True))
    slope = slope_of(rows, core_s) if len(rows) > 1 else None
    facts = {"slope": slope, "driver_growth": driver[-1] / driver[0], "core_s": core_s.tolist()}
    print(json.dumps({"name": "slopes", "n": arguments.sizes, "kind": arguments.kind} | facts))


def one_size(
    kind: str, rows: int, width: int, threads: int, work: str, is_cluster: bool
) -> tuple[float, tuple[Cost, Cost, float]]:
    """Return start-up and (fixed cost, cost, peak MB of the driver's JVM)."""
    os.environ["SPARK_WORKER_DIR"] = work  # logs of executors
    settings = _CLUSTER if is_cluster else ()
    spark, config, start_up_s = warm_session("slopes", threads, *settings)
    costs = []
    for number, count in enumerate((_SMALL, _SMALL, rows)):
        folder = Path(work) / f"rows-{number}"
        line = Line(spark, config, folder, *STAGES[kind])
        line.publish(made_rows(kind, count, 0, width, folder)[0])
        costs.append(line.run())
        shutil.rmtree(folder)
    java = int(spark._jvm.java.lang.ProcessHandle.current().pid())
    peak_mb = _peak_mb(java)
    spark.stop()
    return start_up_s, (costs[1], costs[2], peak_mb)


def slope_of(rows: Any, core_s: Any) -> float:
    """Return the slope of the logarithms."""
    return float(np.polyfit(np.log(rows), np.log(core_s), 1)[0])


def _peak_mb(process_id: int) -> float:
    told = Path(f"/proc/{process_id}/status").read_text()
    (kilobytes,) = re.findall(r"VmHWM:\s+(\d+) kB", told)
    return int(kilobytes) / 1024


if __name__ == "__main__":
    main()

"""Stages during which the clock jumps, some of them killed then, and the same command again.

    python -m tests.clock_trials [--work DIR] [--only 'PATTERN']

Each stage is run from a copy of an undisturbed warehouse. At a random moment the time of day that it sees
(driver, Java and workers) jumps an hour back or on, or 400 days on (`fake_clock.c`, which a C compiler makes
a library of). The run must end with 0 and give equal tables and exports; then the same under the true clock,
which jumps back for it, finds nothing to do. One session lives through all of these. With `kill` the stage
has a process of its own, which is killed at random behind the jump. WORK/clock.jsonl holds what passed on
this very code.
"""

import os
import random
import shutil
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from pyspark import SparkContext

from realsyn_lib.stages import STAGES, StageSpec
from tests.fault_journal import Attempt, Journal, add_only, end, matching, trials_parser, try_all
from tests.fault_line import LAST, Line, held_to, seconds_by_stage, undisturbed_line
from tests.fault_process import begun
from tests.tiny_site import realsyn, realsyn_told

SOURCE = Path(__file__).with_name("fake_clock.c")
SHIFT = "FAKE_CLOCK_SHIFT"  # the file that says by how much, to fake_clock.c
JUMPS = {"-1h": -3600, "+1h": 3600, "+400d": 400 * 86_400}


def shift_clock(place: Path, seconds: int) -> None:
    """Say by how much the clock of a process is off: it looks at the file at every look at the clock."""
    with place.open("r+b" if place.exists() else "wb") as file:
        file.write(struct.pack("=q", seconds))


def try_jump(
    line: Line, stage: StageSpec, shift: Path, jump: str, folder: Path
) -> dict[str, object]:
    """Run a stage while the clock of this process jumps, then under the true clock; compare."""
    chance = random.Random(f"{stage.name}/{jump}")
    for most_s, warehouse in attempts(line, stage, folder):
        after_s, over = chance.uniform(0, most_s), threading.Event()
        with ThreadPoolExecutor(1) as pool:
            striker = pool.submit(shift_unless, over, after_s, shift, JUMPS[jump])
            try:
                code, told = realsyn_told(*line.arguments(warehouse, stage))
            finally:
                over.set()
        shift_clock(shift, 0)
        assert code == 0, f"ended with {code}: {told[-3000:]}"
        assert_clock_follows(shift)
        if striker.result():
            compare_under_true_clock(line, stage, warehouse)
            return {"after_s": round(after_s, 2)}
    raise AssertionError("each run was over before its moment")


def attempts(line: Line, stage: StageSpec, folder: Path) -> Iterator[tuple[float, Path]]:
    """Yield the last moment of a stage, ever earlier, and a warehouse to run it in.

    A run may be over before its moment. Each has a path of its own: Delta remembers the logs of others.
    """
    most_s = seconds_by_stage(line.after(LAST))[stage.name]
    for number in range(8):
        warehouse = folder / f"run-{number}"
        shutil.copytree(line.before(stage), warehouse)
        yield most_s / 2**number, warehouse


def shift_unless(over: threading.Event, after_s: float, shift: Path, seconds: int) -> bool:
    """Have the clock jump unless all is over before the moment comes; say whether it did."""
    if over.wait(after_s):
        return False
    shift_clock(shift, seconds)
    return True


def try_killed(line: Line, stage: StageSpec, jump: str, folder: Path) -> dict[str, object]:
    """Kill a process whose clock has jumped, give the command again under the true clock, compare."""
    chance = random.Random(f"{stage.name}/{jump}/kill")
    for most_s, warehouse in attempts(line, stage, folder):
        after_s, kill_s = (chance.uniform(0, most_s) for _ in range(2))
        shift, log = warehouse.with_suffix(".shift"), warehouse.with_suffix(".reached")
        shift_clock(shift, 0)
        running = begun(line.arguments(warehouse, stage), log, {SHIFT: str(shift)})
        time.sleep(after_s)
        shift_clock(shift, JUMPS[jump])
        if running.killed_after(kill_s, True):
            compare_under_true_clock(line, stage, warehouse)
            return {"after_s": round(after_s, 2), "killed_s": round(kill_s, 2)}
    raise AssertionError("each run was over before it was killed")


def compare_under_true_clock(line: Line, stage: StageSpec, warehouse: Path) -> None:
    """Give the command once more; tables and exports must be those of a run without a jump."""
    assert realsyn(*line.arguments(warehouse, stage)) == 0
    held_to(line.after(stage), warehouse, (stage,))


def all_trials(line: Line, shift: Path) -> Iterator[tuple[str, Attempt]]:
    """Yield the name of each trial and what it does in a warehouse that is not there yet."""
    for stage in STAGES:
        for jump in JUMPS:
            yield f"{stage.name}/{jump}", partial(try_jump, line, stage, shift, jump)
    for stage in STAGES:
        for jump in JUMPS:
            yield f"{stage.name}/{jump}/kill", partial(try_killed, line, stage, jump)


def assert_clock_follows(shift: Path) -> None:
    """Fail unless this process and its Java see a jump."""
    java = SparkContext._jvm
    assert java is not None, "no Java"

    def now() -> tuple[float, float]:
        return time.time(), java.java.lang.System.currentTimeMillis() / 1000

    before = now()
    shift_clock(shift, 3600)
    after = now()
    shift_clock(shift, 0)
    assert all(3590 < b - a < 3700 for a, b in zip(before, after, strict=True)), (before, after)


def make_library(folder: Path) -> Path | None:
    """Compile the clock; None where there is no compiler."""
    library, compiler = folder / "fake_clock.so", shutil.which("cc")
    if compiler is None:
        return None
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, SOURCE], check=True)
    return library


def main() -> None:
    """Try what has not passed yet on this code; exit with 1 where anything failed."""
    parser = trials_parser(__doc__)
    add_only(parser)
    arguments = parser.parse_args()
    work = arguments.work.absolute()
    work.mkdir(parents=True, exist_ok=True)
    library = make_library(work)
    if library is None:
        sys.exit(
            "clock_trials: a C compiler is missing (cc); on Debian: apt-get install gcc libc6-dev"
        )
    shift = work / "session.shift"
    shift_clock(shift, 0)
    clock = {"LD_PRELOAD": str(library), SHIFT: str(shift)}
    if not clock.items() <= os.environ.items():  # it is looked up when a process begins
        os.environ.update(clock)
        os.execv(sys.executable, [sys.executable, "-m", "tests.clock_trials", *sys.argv[1:]])
    line, journal = undisturbed_line(work), Journal(work / "clock.jsonl")
    trials = matching(all_trials(line, shift), arguments.only)
    end(journal, try_all(trials, work / "clock", journal))


if __name__ == "__main__":
    main()

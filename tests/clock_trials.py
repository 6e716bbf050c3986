"""Stages during which the clock jumps, some of them killed then, and the same command again.

    python -m tests.clock_trials [--work DIR] [--only 'PATTERN']

Each stage is run in a process of its own from a copy of an undisturbed warehouse. At a random moment the
clock that it sees (driver, Java and workers) jumps an hour back or on, or 400 days on, by libfaketime
(Debian's package `faketime`). The run must end with 0 and give equal tables and exports; then the same under
the true clock finds nothing to do. With `kill` the process is killed first, at random behind the jump.
WORK/clock.jsonl holds what passed on this very code.
"""

import argparse
import fnmatch
import os
import random
import shutil
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from realsyn_lib.failpoints import LOG
from realsyn_lib.stages import STAGES, StageSpec
from tests.fault_journal import Attempt, Journal, try_all
from tests.fault_line import Line, held_to, seconds_by_stage, undisturbed_line
from tests.fault_process import command
from tests.spark_cluster import wait_until
from tests.tiny_site import realsyn

LIBRARY = "faketime/libfaketimeMT.so.1"
JUMPS = ("-1h", "+1h", "+400d")


def fake_clock(library: Path, offset: Path) -> dict[str, str]:
    """Return the variables of a process whose clock is off by what a file says, looked at every second.

    What measures how long something takes is left alone, as it is by a clock that somebody sets.
    """
    return {
        "LD_PRELOAD": str(library),
        "FAKETIME_TIMESTAMP_FILE": str(offset),
        "FAKETIME_UPDATE_TIMESTAMP_FILE": "0",
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
    }


def try_jump(
    line: Line, stage: StageSpec, library: Path, jump: str, is_killed: bool, warehouse: Path
) -> dict[str, object]:
    """Run a stage whose clock jumps; give the command again under the true clock; compare."""
    shutil.copytree(line.before(stage), warehouse)
    chance = random.Random(f"{stage.name}/{jump}/{is_killed}")
    after_s, kill_s = (chance.uniform(0, seconds_by_stage(line)[stage.name]) for _ in range(2))
    offset, log = warehouse.with_suffix(".offset"), warehouse.with_suffix(".reached")
    offset.write_text("+0")
    clock = fake_clock(library, offset)
    running = command(line.arguments(warehouse, stage), {**os.environ, LOG: str(log), **clock})
    wait_until(log.exists, f"{stage.name} begins", 120)
    time.sleep(after_s)
    offset.write_text(jump)
    if is_killed:
        is_killed = running.killed_after(1.0 + kill_s, True)
    else:
        code, told = running.communicated(600)
        assert code == 0, f"ended with {code}: {told[-3000:]}"
    assert realsyn(*line.arguments(warehouse, stage)) == 0
    held_to(line.after(stage), warehouse, (stage,))
    return {"after_s": round(after_s, 2), "killed": is_killed}


def all_trials(line: Line, library: Path) -> Iterator[tuple[str, Attempt]]:
    """Yield the name of each trial and what it does in a warehouse that is not there yet."""
    for stage in STAGES:
        for jump in JUMPS:
            for is_killed in (False, True):
                name = f"{stage.name}/{jump}{'/kill' if is_killed else ''}"
                yield name, partial(try_jump, line, stage, library, jump, is_killed)


def find_library() -> Path | None:
    """Return where libfaketime is installed."""
    found = (
        path
        for folder in ("/usr/lib", "/usr/local/lib")
        for path in Path(folder).glob(f"**/{LIBRARY}")
    )
    return next(found, None)


def main() -> None:
    """Try what has not passed yet on this code; exit with 1 where anything failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=Path("build/faults"))
    parser.add_argument("--only", default="*", help="trials whose name the pattern matches")
    arguments = parser.parse_args()
    work, library = arguments.work.absolute(), find_library()
    if library is None:
        sys.exit("clock_trials: libfaketime is missing; on Debian: apt-get install faketime")
    line, journal = undisturbed_line(work), Journal(work / "clock.jsonl")
    trials = (one for one in all_trials(line, library) if fnmatch.fnmatch(one[0], arguments.only))
    failed = try_all(trials, work / "clock", journal)
    print(f"{len(journal.done())} trials passed, {len(failed)} failed {' '.join(failed)}")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()

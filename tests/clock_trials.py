"""Stages during which the clock jumps, some of them killed then, and the same command again.

    python -m tests.clock_trials [--work DIR] [--only 'PATTERN']

Each stage is run in a process of its own from a copy of an undisturbed warehouse. At a random moment the
time of day that it sees (driver, Java and workers) jumps an hour back or on, or 400 days on (`fake_clock.c`,
which a C compiler makes a library of). The run must end with 0 and give equal tables and exports; then the
same under the true clock finds nothing to do. With `kill` the process is killed first, at random behind the
jump. WORK/clock.jsonl holds what passed on this very code.
"""

import random
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from realsyn_lib.stages import STAGES, StageSpec
from tests.fault_journal import Attempt, Journal, add_only, end, matching, trials_parser, try_all
from tests.fault_line import Line, held_to, seconds_by_stage, undisturbed_line
from tests.fault_process import begun
from tests.tiny_site import realsyn

SOURCE = Path(__file__).with_name("fake_clock.c")
JUMPS = {"-1h": -3600, "+1h": 3600, "+400d": 400 * 86_400}


def shift_clock(place: Path, seconds: int) -> None:
    """Say by how much the clock of a process is off: it looks at the file at every look at the clock."""
    with place.open("r+b" if place.exists() else "wb") as file:
        file.write(struct.pack("=q", seconds))


def try_jump(
    line: Line, stage: StageSpec, library: Path, jump: str, is_killed: bool, warehouse: Path
) -> dict[str, object]:
    """Run a stage whose clock jumps; give the command again under the true clock; compare."""
    shutil.copytree(line.before(stage), warehouse)
    chance = random.Random(f"{stage.name}/{jump}/{is_killed}")
    after_s, kill_s = (chance.uniform(0, seconds_by_stage(line)[stage.name]) for _ in range(2))
    shift, log = warehouse.with_suffix(".shift"), warehouse.with_suffix(".reached")
    shift_clock(shift, 0)
    clock = {"LD_PRELOAD": str(library), "FAKE_CLOCK_SHIFT": str(shift)}
    running = begun(line.arguments(warehouse, stage), log, clock)
    time.sleep(after_s)
    shift_clock(shift, JUMPS[jump])
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
    line, journal = undisturbed_line(work), Journal(work / "clock.jsonl")
    trials = matching(all_trials(line, library), arguments.only)
    end(journal, try_all(trials, work / "clock", journal))


if __name__ == "__main__":
    main()

"""Kill whole runs at random moments, run the same command again, compare the tables.

    python tests/random_kills.py --kills 50 [--seed 1] [--work DIR]

A warehouse is killed ``--per-warehouse`` times in a row before it may finish; each kill falls at
a moment drawn from the length of an undisturbed run. Progress is kept in WORK/kills.jsonl: the
same command goes on where it was stopped.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.equal_tables import assert_equal_warehouses
from tests.slices import TINY, copy_slice

SETTINGS = ("generate.max_new_tokens=24", "clusters.sentences_per_centroid=20")


@dataclass(frozen=True)
class Trial:
    """One warehouse: what it is made from and where."""

    pages: Path
    warehouse: Path
    last: str = "assess_release"

    def command(self) -> list[str]:
        """The command that is killed and given again."""
        command = [str(Path(sys.executable).parent / "realsyn"), "run", "--format", "html"]
        command += ["--input", str(self.pages), "--warehouse", str(self.warehouse)]
        command += ["--to", self.last]
        for setting in SETTINGS:
            command += ["--set", setting]
        return command

    def start(self) -> subprocess.Popen[bytes]:
        """Start the command in a process group of its own."""
        with (self.warehouse.parent / f"{self.warehouse.name}.log").open("ab") as log:
            return subprocess.Popen(
                self.command(), stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                start_new_session=True,
            )  # fmt: skip

    def finish(self) -> float:
        """Run the command to its end; return seconds."""
        started = time.monotonic()
        code = self.start().wait()
        assert code == 0, f"{' '.join(self.command())} ended with {code}; see {self.warehouse}.log"
        return time.monotonic() - started


def kill_after(process: subprocess.Popen[bytes], seconds: float, whole_group: bool) -> bool:
    """SIGKILL the driver, or it and all its children; return whether it was still running.

    A run that had come to its end must have ended well.
    """
    try:
        code = process.wait(timeout=seconds)
        assert code == 0, f"a run after a kill ended by itself with {code}"
        return False
    except subprocess.TimeoutExpired:
        if whole_group:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()
        return True


def reference(work: Path, pages: Path) -> tuple[Path, float]:
    """Return an undisturbed warehouse and how long it took."""
    trial, took = Trial(pages, work / "reference"), work / "reference.seconds"
    if not took.exists():
        shutil.rmtree(trial.warehouse, ignore_errors=True)
        took.write_text(str(trial.finish()))
    return trial.warehouse, float(took.read_text())


def run_trial(
    trial: Trial, expected: Path, seconds: float, chance: random.Random, kills: int
) -> list[float]:
    """Kill one warehouse at most so often, let it finish, compare; return the moments of the kills."""
    shutil.rmtree(trial.warehouse, ignore_errors=True)
    moments: list[float] = []
    while len(moments) < kills:
        moment = chance.uniform(1.0, seconds * 0.9)
        if not kill_after(trial.start(), moment, whole_group=chance.random() < 0.5):
            break  # it came to its end before
        moments.append(round(moment, 2))
    trial.finish()
    assert_equal_warehouses(expected, trial.warehouse)
    return moments


def main() -> None:
    """Run the trials that are not done yet and say what came of all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--per-warehouse", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=Path, default=Path("build/kills"))
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    pages = arguments.work / "pages"
    if not pages.exists():
        copy_slice(TINY, pages)
    expected, seconds = reference(arguments.work, pages)
    journal = arguments.work / "kills.jsonl"
    lines = journal.read_text().splitlines() if journal.exists() else []
    done = [moment for line in lines for moment in json.loads(line)["moments"]]
    number = len(lines)
    while len(done) < arguments.kills:
        chance = random.Random(f"{arguments.seed}-{number}")
        trial = Trial(pages, arguments.work / f"killed-{number}")
        moments = run_trial(trial, expected, seconds, chance, arguments.per_warehouse)
        with journal.open("a") as file:
            file.write(json.dumps({"trial": number, "moments": moments}) + "\n")
        shutil.rmtree(trial.warehouse)
        done += moments
        number += 1
        print(f"{len(done)} kills, {number} warehouses, all equal; last at {moments} s", flush=True)
    print(f"{len(done)} kills in {number} warehouses: 0 unequal tables")


if __name__ == "__main__":
    main()

"""Rounds of random stages, a random fault and the same command again, on one warehouse that lives on.

    python -m tests.soak [--work DIR] [--rounds 200] [--seed 1]

A round makes one stage or two anew (`--force`) while something goes wrong: an error at a place that the
stage comes by (`error`), a Python worker killed (`python`), the driver with all it started killed at a
random moment (`kill`), the lock held by another process (`held`), `maintain` killed half-way (`maintain`),
or nothing. Behind each round the tables and released files must be those of a run without a fault, what was
made anew be published once, nothing else be published, and no working file be left; every tenth round is
verified, too. It stops at the first violation and leaves the warehouse as it is; the same command goes on
with the next round. WORK/soak/rounds.jsonl holds the rounds, with what the session of all of them holds.
"""

import fcntl
import gc
import json
import os
import random
import shutil
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pyspark import SparkContext
from pyspark.sql import SparkSession

from realsyn_lib.failpoints import LOG, VARIABLE
from realsyn_lib.stages import STAGES, StageSpec
from tests.equal_tables import assert_equal_warehouses
from tests.fault_journal import Journal, trials_parser
from tests.fault_line import (
    LAST,
    Line,
    exports,
    published_stages,
    seconds_by_stage,
    undisturbed_line,
)
from tests.fault_process import begun, command
from tests.spark_cluster import kill_all, python_workers_below
from tests.tiny_site import realsyn, realsyn_told

VERIFIED_EACH = 10
REFUSED_S = 5.0


@dataclass(frozen=True)
class Round:
    """Which stages are made anew, and how chance decides in it."""

    line: Line
    warehouse: Path
    stages: tuple[StageSpec, ...]
    chance: random.Random

    @property
    def arguments(self) -> list[str]:
        """The command of the round."""
        first, last = self.stages[0], self.stages[-1]
        return [*self.line.arguments(self.warehouse, last), "--from", first.name, "--force"]

    @property
    def moment_s(self) -> float:
        """Some moment of the first stage, in seconds from its beginning."""
        return self.chance.uniform(
            0.0, seconds_by_stage(self.line.after(LAST))[self.stages[0].name]
        )

    def run(self) -> tuple[int, str]:
        """Give the command in this session; return its exit code and what it told."""
        return realsyn_told(*self.arguments)

    @property
    def log(self) -> Path:
        """Where processes tell of the places that they come by; not there yet."""
        log = self.warehouse.with_name("reached.log")
        log.unlink(missing_ok=True)
        return log


def nothing(_round: Round) -> dict[str, object]:
    """Leave it alone."""
    return {}


def error(this: Round) -> dict[str, object]:
    """Fail at a place of the driver."""
    points = this.line.points()[this.stages[0].name]
    places = [name for name in points if not name.endswith((".batch", ".file", ".data_files"))]
    point = this.chance.choice(places)
    os.environ[VARIABLE], os.environ[LOG] = f"{point}:error", str(this.log)
    try:
        code, told = this.run()
    finally:
        del os.environ[VARIABLE], os.environ[LOG]
    assert code == 1 and f"{point}: made to fail" in told, f"{point}: {code}: {told[-2000:]}"
    return {"point": point}


def python(this: Round) -> dict[str, object]:
    """Kill a Python process that works for Spark, as soon as there is one behind a random moment."""
    over, killed = threading.Event(), []

    def strike() -> None:
        over.wait(this.moment_s)
        while not over.is_set() and not killed:
            workers = python_workers_below(os.getpid())
            if workers:
                kill_all(this.chance.choice(workers))
                killed.append(True)

    striker = threading.Thread(target=strike)
    striker.start()
    try:
        code, told = this.run()
    finally:
        over.set()
        striker.join()
    assert code == 0, f"{code}: {told[-2000:]}"
    return {"killed": bool(killed)}


def kill(this: Round) -> dict[str, object]:
    """Kill the driver and all it started at a random moment."""
    running = begun(this.arguments, this.log)
    return {"killed": running.killed_after(2 * this.moment_s, True)}


def held(this: Round) -> dict[str, object]:
    """Have another process hold the stage's lock: the run is refused in time."""
    place = this.warehouse / "_files" / "locks" / f"{this.stages[0].name}.lock"
    with place.open("r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(json.dumps({"run_id": "another"}))
        file.flush()
        started = time.monotonic()
        code, told = this.run()
        seconds = time.monotonic() - started
        file.truncate(0)
    assert code == 4 and "another" in told, f"{code}: {told[-2000:]}"
    assert seconds < REFUSED_S, f"refused after {seconds:.1f} s"
    return {"refused_s": round(seconds, 2)}


def maintain(this: Round) -> dict[str, object]:
    """Kill `maintain` half-way, and let another end."""
    arguments = ["maintain", "--warehouse", str(this.warehouse), "--retain", "0"]
    running = command(arguments, dict(os.environ))
    killed = running.killed_after(this.chance.uniform(5.0, 40.0), True)
    assert realsyn(*arguments) == 0
    return {"killed": killed}


FAULTS: tuple[Callable[[Round], dict[str, object]], ...] = (
    nothing, error, error, python, python, kill, kill, held, maintain,
)  # fmt: skip


def try_round(line: Line, warehouse: Path, name: str, is_verified: bool) -> dict[str, object]:
    """Go one round; return what happened in it."""
    chance = random.Random(name)
    first = chance.randrange(len(STAGES))
    this = Round(line, warehouse, STAGES[first : first + chance.randint(1, 2)], chance)
    fault, before = chance.choice(FAULTS), published_stages(warehouse)
    told = fault(this)
    code, words = this.run()
    assert code == 0, f"{fault.__name__} {told}: ended with {code}: {words[-2000:]}"
    check(this, before)
    if is_verified:
        code, words = realsyn_told("verify", "--warehouse", str(warehouse))
        assert code == 0, words[-2000:]
    names = [stage.name for stage in this.stages]
    return {"fault": fault.__name__, "stages": names, **told, "verified": is_verified}


def check(this: Round, before: dict[str, str]) -> None:
    """Fail unless the warehouse is as it was, and only the stages of the round were published again."""
    whole = this.line.after(LAST)
    assert_equal_warehouses(whole, this.warehouse)
    assert exports(this.warehouse) == exports(whole), "exported files differ"
    after = published_stages(this.warehouse)
    changed = {name for name, run in after.items() if before[name] != run}
    assert changed == {stage.name for stage in this.stages}, f"published: {changed}"
    left = [path for path in (this.warehouse / "_files" / "work").rglob("*") if path.is_file()]
    assert not left, f"working files are left: {left[:3]}"


def session_use() -> dict[str, int]:
    """Return what this process and its Java hold: memory in use in MB, open files, threads."""
    gc.collect()
    session = SparkSession.getActiveSession()
    gateway = SparkContext._gateway
    assert session is not None and gateway is not None, "no session"
    java = session._jvm.java.lang
    java.System.gc()
    runtime = java.Runtime.getRuntime()
    pids = {"python": os.getpid(), "java": int(java.ProcessHandle.current().pid())}
    use = {"heap_mb": int(runtime.totalMemory() - runtime.freeMemory()) >> 20}
    for name, pid in pids.items():
        lines = dict(
            line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines()
        )
        use[f"{name}_mb"] = int(lines["VmRSS"].split()[0]) >> 10
        use[f"{name}_threads"] = int(lines["Threads"])
        use[f"{name}_files"] = len(os.listdir(f"/proc/{pid}/fd"))
    return use


def go_rounds(line: Line, work: Path, journal: Journal, rounds: int, seed: int) -> Iterator[str]:
    """Go the rounds that are not in the journal yet; yields a line for each."""
    warehouse, done = work / "warehouse", journal.done()
    if not done:
        shutil.rmtree(warehouse, ignore_errors=True)
        shutil.copytree(line.after(LAST), warehouse)
    for number in range(len(done), rounds):
        name, started = f"soak/{seed}-{number}", time.monotonic()
        told = try_round(line, warehouse, name, number % VERIFIED_EACH == VERIFIED_EACH - 1)
        seconds = time.monotonic() - started
        journal.add(name, seconds, **told, use=session_use())
        yield f"{name}: {told}, {seconds:.0f} s"


def figures(rows: list[dict[str, object]]) -> dict[str, object]:
    """Sum up the rounds: faults by kind, and what the session held after the tenth and the last."""
    faults = Counter(str(row["fault"]) for row in rows)
    return {
        "rounds": len(rows),
        "faults": faults,
        "use": [rows[min(9, len(rows) - 1)]["use"], rows[-1]["use"]],
    }


def main() -> None:
    """Go on with the rounds; exit with 1 at the first violation."""
    parser = trials_parser(__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    line, work = undisturbed_line(arguments.work.absolute()), arguments.work.absolute() / "soak"
    work.mkdir(exist_ok=True)
    journal = Journal(work / "rounds.jsonl")
    try:
        for told in go_rounds(line, work, journal, arguments.rounds, arguments.seed):
            print(told, flush=True)
    except (AssertionError, TimeoutError) as violation:
        sys.exit(f"round {len(journal.done())}: {violation}")
    print(json.dumps(figures(list(journal.done().values()))))


if __name__ == "__main__":
    main()

"""Ways for a run to die, each tried from a copy of an undisturbed warehouse, and the same command again.

    python -m tests.fault_trials [--work DIR] [--only 'PATTERN'] [--moments 150] [--kills 50] [--seed 1]
                                 [--list]

At every failpoint of every stage the driver and its JVM are killed; where a worker or a decoding child comes
by, that process alone, too; then stages and whole runs at random moments, some again and again, until there
were so many kills. Tables must be equal, exports byte-equal, no commit made twice. WORK/journal.jsonl holds
what was tried on this very code: the same command goes on with the rest, and tries again what failed.
"""

import argparse
import os
import random
import shutil
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from realsyn_lib.failpoints import LOG, VARIABLE
from realsyn_lib.stages import STAGES, StageSpec, stage_named
from tests.fault_journal import (
    Attempt,
    Journal,
    add_only,
    end,
    matching,
    trials_parser,
    try_all,
    until,
)
from tests.fault_line import (
    LAST,
    Line,
    held_to,
    published_stages,
    seconds_by_stage,
    undisturbed_line,
)
from tests.fault_process import begun, command
from tests.tiny_site import realsyn


@dataclass(frozen=True)
class Trial:
    """One way to die in one stage: the ``nth`` time that a failpoint is reached."""

    stage: StageSpec
    point: str
    nth: int
    action: str

    def __str__(self) -> str:
        return f"{self.stage.name}/{self.point}:{self.nth}:{self.action}"


def trials_of(line: Line) -> list[Trial]:
    """Return the first and the last time of every failpoint, stage by stage."""
    found = []
    for name, points in line.points().items():
        stage = stage_named(name)
        for point, times in points.items():
            is_child, is_work = point.startswith("decode_child."), point.endswith(".batch")
            actions = ["worker"] if is_child else ["kill", "worker"] if is_work else ["kill"]
            for action in actions:
                found += [Trial(stage, point, nth, action) for nth in sorted({1, times})]
    return found


def die(line: Line, trial: Trial, warehouse: Path) -> None:
    """Start the command in a process that a failpoint ends; see that it did."""
    log = warehouse.with_suffix(".reached")
    log.unlink(missing_ok=True)
    point = f"{trial.point}:{trial.nth}:{trial.action}"
    environment = {**os.environ, VARIABLE: point, LOG: str(log)}
    code, told = command(line.arguments(warehouse, trial.stage), environment).communicated()
    reached = log.read_text().split().count(trial.point)
    assert reached >= trial.nth, f"the failpoint was reached {reached} times: {told[-1500:]}"
    expected = 0 if trial.action == "worker" else -signal.SIGKILL
    assert code == expected, f"ended with {code}, expected {expected}: {told[-1500:]}"


def try_point(line: Line, trial: Trial, warehouse: Path) -> None:
    """Die at a failpoint; until the same command comes again the stage is not published."""
    shutil.copytree(line.before(trial.stage), warehouse)
    before = published_stages(warehouse)
    die(line, trial, warehouse)
    if trial.action != "worker":
        assert published_stages(warehouse) == before, "a killed run has published its stage"
        assert realsyn(*line.arguments(warehouse, trial.stage)) == 0
    held_to(line.after(trial.stage), warehouse, (trial.stage,))


def try_stage_moments(
    line: Line, seconds: dict[str, float], name: str, warehouse: Path
) -> dict[str, object]:
    """Kill a stage at up to three random moments, give the same command again, compare.

    A longer stage is killed more often: ``seconds`` in a warm session, by stage. A process that starts
    anew takes longer, so a moment may lie half as far again behind the first place that it comes by.
    """
    chance, moments = random.Random(name), list[float]()
    stage = chance.choices(STAGES, [seconds[stage.name] for stage in STAGES])[0]
    shutil.copytree(line.before(stage), warehouse)
    for _ in range(chance.randint(1, 3)):
        after_s, whole_group = chance.uniform(0.0, 1.5 * seconds[stage.name]), chance.random() < 0.5
        running = begun(line.arguments(warehouse, stage), warehouse.with_suffix(".reached"))
        if not running.killed_after(after_s, whole_group):
            break
        moments.append(round(after_s, 2))
    assert realsyn(*line.arguments(warehouse, stage)) == 0
    held_to(line.after(stage), warehouse, (stage,))
    return {"stage": stage.name, "moments": moments}


def try_run_moments(
    line: Line, chance: random.Random, seconds: float, warehouse: Path
) -> dict[str, object]:
    """Kill whole runs at up to five random moments, finish, compare.

    ``seconds``: of the line in a warm session; a process that starts anew takes longer.
    """
    moments: list[float] = []
    for _ in range(5):
        running = command(line.arguments(warehouse), dict(os.environ))
        moment, whole_group = chance.uniform(1.0, seconds * 1.5), chance.random() < 0.5
        if not running.killed_after(moment, whole_group):
            break
        moments.append(round(moment, 2))
    assert realsyn(*line.arguments(warehouse)) == 0
    held_to(line.after(LAST), warehouse, STAGES)
    return {"moments": moments}


def all_trials(
    line: Line, journal: Journal, arguments: argparse.Namespace, warehouse: Path
) -> Iterator[tuple[str, Attempt]]:
    """Yield the name of each trial and what it does in a warehouse that is not there yet.

    ``warehouse``: that of a line in a warm session.
    """
    for trial in trials_of(line):
        yield str(trial), partial(try_point, line, trial)
    seconds = seconds_by_stage(warehouse)
    wanted = {"moment": arguments.moments, "random": arguments.kills}
    prefixes = {kind: f"{kind}/{arguments.seed}-" for kind in wanted}

    def names(kind: str) -> Iterator[str]:
        prefix, kills = prefixes[kind], wanted[kind]
        return until(journal, prefix, 2 * kills, lambda: killed(journal, prefix) >= kills)

    for name in names("moment"):
        yield name, partial(try_stage_moments, line, seconds, name)
    for name in names("random"):
        yield name, partial(try_run_moments, line, random.Random(name), sum(seconds.values()))


def killed(journal: Journal, prefix: str) -> int:
    """Count the kills at random moments in trials that passed."""
    moments = (
        row.get("moments") for name, row in journal.done().items() if name.startswith(prefix)
    )
    return sum(len(one) for one in moments if isinstance(one, list))


def whole_line(line: Line, warehouse: Path) -> float:
    """Run the line once more, in the warm session; return seconds."""
    started = time.monotonic()
    assert realsyn(*line.arguments(warehouse)) == 0
    held_to(line.after(LAST), warehouse, STAGES)
    return time.monotonic() - started


def main() -> None:
    """Try what is not yet in the journal; exit with 1 where anything failed."""
    parser = trials_parser(__doc__)
    add_only(parser)
    parser.add_argument("--moments", type=int, default=150, help="random ones of a stage")
    parser.add_argument("--kills", type=int, default=50, help="random moments of whole runs")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--list", action="store_true", help="name the trials and what came of them")
    arguments = parser.parse_args()
    work = arguments.work.absolute()
    line, journal = undisturbed_line(work), Journal(work / "journal.jsonl")
    again = _line_again(line, journal, work)
    trials = matching(all_trials(line, journal, arguments, again), arguments.only)
    if arguments.list:
        done = journal.done()
        for name in dict.fromkeys([*map(str, trials_of(line)), *done]):
            print(f"{name}: {done.get(name, 'not tried')}")
        return
    failed = try_all(trials, work / "trial", journal)
    kills = {kind: killed(journal, f"{kind}/{arguments.seed}-") for kind in ("moment", "random")}
    print(f"kills at random moments of stages and whole runs: {kills}")
    wanted = {"moment": arguments.moments, "random": arguments.kills}
    if arguments.only == "*":
        failed += [f"too-few-{kind}" for kind in wanted if kills[kind] < wanted[kind]]
    end(journal, failed)


def _line_again(line: Line, journal: Journal, work: Path) -> Path:
    """Return the warehouse of a second line, run once on this code."""
    warehouse = work / f"again-{journal.code}"
    if "whole line" not in journal.done() or not warehouse.exists():
        shutil.rmtree(warehouse, ignore_errors=True)
        journal.add("whole line", whole_line(line, warehouse))
    return warehouse


if __name__ == "__main__":
    main()

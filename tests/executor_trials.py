"""Executors and Python workers of a cluster that die while a stage runs: the same command still ends well.

    python -m tests.executor_trials [--work DIR] [--kills 50] [--seed 1] [--speculation]

A standalone cluster of two workers with one core each; the driver is this process, whose session serves all
trials. A trial runs a stage from a copy of an undisturbed warehouse and kills, by SIGKILL, each at a random
moment: an executor and all below it (`executor`), a Python process that works for one, with the language
model that it may hold (`python`), a process that decodes pictures for one of these (`child`), and an
executor when a job has done its map side and is at its reduce side (`reduce`). The command must end with 0,
tables be equal, no commit made twice. Trials go on until of each kind so many were killed. With
--speculation every slow task gets a second attempt. WORK/journal.jsonl holds what was tried.
"""

import argparse
import os
import random
import shutil
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pyspark.sql import SparkSession

from jobs.session import open_session
from realsyn_lib.config import load_config
from realsyn_lib.stages import STAGES, StageSpec
from tests.cluster_line import QUICK_JVM, SMALL_TABLES
from tests.fault_journal import ROOT, Attempt, Journal, end, trials_parser, try_all, until
from tests.fault_line import Line, held_to, undisturbed_line
from tests.spark_cluster import (
    HOST,
    Cluster,
    command_of,
    descendants,
    kill_all,
    python_workers_below,
    standalone,
    wait_until,
)
from tests.tiny_site import realsyn

KINDS = ("executor", "python", "child", "reduce")
MEMORY = "1500m"  # of a worker; its executor's heap is smaller
SETTINGS = {
    **SMALL_TABLES,
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.host": HOST,
    "spark.executor.memory": "1g",
    "spark.executor.extraJavaOptions": QUICK_JVM,
    "spark.executorEnv.PYTHONPATH": str(ROOT),
    "spark.task.maxFailures": str(len(KINDS) + 1),  # all kills of a trial may meet one task
    "spark.eventLog.enabled": "true",
    "spark.eventLog.compress": "false",
    "spark.eventLog.rolling.enabled": "false",
}
SPECULATION = {
    "spark.speculation": "true",
    "spark.speculation.interval": "10ms",
    "spark.speculation.multiplier": "1.01",
    "spark.speculation.quantile": "0.1",
    "spark.speculation.minTaskRuntime": "10ms",
}


@contextmanager
def driver(work: Path, speculates: bool) -> Iterator[tuple[Cluster, SparkSession]]:
    """Run a cluster and a session on it for the time of the block."""
    events = work / "events"
    shutil.rmtree(events, ignore_errors=True)
    events.mkdir(parents=True)
    given = {"PYSPARK_PYTHON": sys.executable, "PYSPARK_DRIVER_PYTHON": sys.executable}
    os.environ.update(given)
    with standalone(work / "spark", dict(os.environ), workers=2, memory=MEMORY) as cluster:
        wanted = {**SETTINGS, **(SPECULATION if speculates else {})}
        wanted |= {"spark.eventLog.dir": events.as_uri()}
        config = load_config("local", [f"spark.master={cluster.url}", "spark.driver_memory=2g"])
        config.spark.conf.update(wanted)
        session = open_session(config, "trials")
        try:
            yield cluster, session
        finally:
            session.stop()


def executors(cluster: Cluster) -> list[int]:
    """Return the processes of the executors."""
    below = [pid for worker in cluster.workers for pid in descendants(worker.pid)]
    return [pid for pid in below if _is(pid, "--executor-id")]


def python_workers(cluster: Cluster) -> list[int]:
    """Return the Python processes that work for executors."""
    return [pid for executor in executors(cluster) for pid in python_workers_below(executor)]


def decoding_children(cluster: Cluster) -> list[int]:
    """Return the processes that decode pictures for Python processes."""
    below = [pid for executor in executors(cluster) for pid in descendants(executor)]
    return [pid for pid in below if _is(pid, "udfs.decode_child")]


def _is(pid: int, word: str) -> bool:
    return word in command_of(pid)


def at_reduce_side(session: SparkSession) -> bool:
    """Say whether a job has finished a stage of it and works on another."""
    tracker = session.sparkContext.statusTracker()
    for job in tracker.getActiveJobsIds():
        info = tracker.getJobInfo(job)
        stages = [tracker.getStageInfo(stage) for stage in (info.stageIds if info else ())]
        known = [stage for stage in stages if stage is not None and stage.numTasks]
        if any(stage.numCompletedTasks == stage.numTasks for stage in known) and any(
            stage.numActiveTasks for stage in known
        ):
            return True
    return False


class Striker:
    """Kills one process of its kind, as soon as there is one, once the moment has come."""

    def __init__(self, driven: "Driven", kind: str, after_s: float, chance: random.Random) -> None:
        self.driven, self.kind, self.after_s, self.chance = driven, kind, after_s, chance
        self.over, self.hit = threading.Event(), False

    def run(self) -> None:
        """Wait, look for a victim until the stage is over, kill it."""
        self.over.wait(self.after_s)
        while not self.over.is_set() and not self.hit:
            victims = self._victims()
            if victims:
                kill_all(self.chance.choice(victims))
                self.hit = True

    def _victims(self) -> list[int]:
        cluster, session = self.driven.cluster, self.driven.session
        if self.kind == "reduce":
            return executors(cluster) if at_reduce_side(session) else []
        if not session.sparkContext.statusTracker().getActiveStageIds():  # all are idle
            return []
        found = {"executor": executors, "python": python_workers, "child": decoding_children}
        return found[self.kind](cluster)


@dataclass(frozen=True)
class Driven:
    """The undisturbed line, and the cluster that trials run on."""

    line: Line
    cluster: Cluster
    session: SparkSession

    def run(self, stage: StageSpec, folder: Path) -> float:
        """Run a stage on the cluster from a copy of what lies before it; compare; return its seconds."""
        # A path of its own: Delta remembers the logs of those that were.
        warehouse = folder / f"{stage.name}-{time.monotonic_ns()}"
        shutil.copytree(self.line.before(stage), warehouse)
        started = time.monotonic()
        code = realsyn(*self.line.arguments(warehouse, stage))
        seconds = time.monotonic() - started
        assert code == 0, f"{stage.name} ended with {code}"
        held_to(self.line.after(stage), warehouse, (stage,))
        return seconds

    def strike(
        self, name: str, lacking: tuple[str, ...], seconds: dict[str, float], folder: Path
    ) -> dict[str, object]:
        """Kill one of each kind that is lacking in a stage; chance names the stage and the moments."""
        chance = random.Random(name)
        kind = chance.choice(lacking)
        stage = chance.choice(self._stages_with(kind))
        self._wait_for_executors()
        # A stage that lost an executor takes longer.
        moments = [chance.uniform(0.0, 2 * seconds[stage.name]) for _ in lacking]
        strikers = [
            Striker(self, kind, after_s, random.Random(f"{name}/{kind}"))
            for kind, after_s in zip(lacking, moments, strict=True)
        ]
        with ThreadPoolExecutor(len(strikers)) as pool:
            struck = [pool.submit(striker.run) for striker in strikers]
            try:
                self.run(stage, folder)
            finally:
                for striker in strikers:
                    striker.over.set()
        for one in struck:
            one.result()
        hit = {striker.kind: round(striker.after_s, 2) for striker in strikers if striker.hit}
        return {"stage": stage.name, "hit": hit}

    def _stages_with(self, kind: str) -> list[StageSpec]:
        points = self.line.points()
        decodes = [stage for stage in STAGES if "decode_child.file" in points[stage.name]]
        return decodes if kind == "child" else list(STAGES)

    def _wait_for_executors(self) -> None:
        known = self.session.sparkContext._jsc.sc()

        def are_there() -> bool:  # Spark knows the driver, two executors, and some that lately died
            return len(executors(self.cluster)) == 2 and known.getExecutorMemoryStatus().size() >= 3

        wait_until(are_there, "two executors are there")


def second_attempts(events: Path) -> int:
    """Count the attempts of tasks that speculation started."""
    lines = [line for file in events.iterdir() for line in file.read_text().splitlines()]
    starts = [line for line in lines if '"Event":"SparkListenerTaskStart"' in line]
    return sum('"Speculative":true' in line for line in starts)


def undisturbed(driven: Driven, folder: Path) -> dict[str, float]:
    """Run every stage on the cluster without a kill; return the seconds of each."""
    return {stage.name: round(driven.run(stage, folder), 2) for stage in STAGES}


def killed(journal: Journal, prefix: str) -> Counter[str]:
    """Count by kind what trials that passed have killed."""
    hits = (row.get("hit") for name, row in journal.done().items() if name.startswith(prefix))
    return Counter(kind for hit in hits if isinstance(hit, dict) for kind in hit)


def kinds_lacking(journal: Journal, prefix: str, kills: int) -> tuple[str, ...]:
    """Return the kinds of which fewer were killed."""
    counts = killed(journal, prefix)
    return tuple(kind for kind in KINDS if counts[kind] < kills)


def all_trials(
    driven: Driven, journal: Journal, prefix: str, arguments: argparse.Namespace,
    seconds: dict[str, float],
) -> Iterator[tuple[str, Attempt]]:  # fmt: skip
    """Yield the name of each trial and what it does, until enough of each kind were killed."""

    def lacking() -> tuple[str, ...]:
        return kinds_lacking(journal, prefix, arguments.kills)

    for name in until(journal, prefix, 4 * arguments.kills, lambda: not lacking()):
        yield name, partial(driven.strike, name, lacking() or KINDS, seconds)


def main() -> None:
    """Try what is not yet in the journal; exit with 1 where anything failed."""
    parser = trials_parser(__doc__)
    parser.add_argument("--kills", type=int, default=50, help="of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--speculation", action="store_true")
    arguments = parser.parse_args()
    work = arguments.work.absolute()
    line, journal = undisturbed_line(work), Journal(work / "journal.jsonl")
    local = SparkSession.getActiveSession()
    if local is not None:
        local.stop()
    prefix = "speculation" if arguments.speculation else "executors"
    with driver(work, arguments.speculation) as (cluster, session):
        driven, place = Driven(line, cluster, session), work / "trial"
        seconds = undisturbed(driven, place)
        attempts = second_attempts(work / "events")
        assert bool(attempts) == arguments.speculation, f"{attempts} second attempts"
        journal.add(f"{prefix}/undisturbed", sum(seconds.values()), second_attempts=attempts)
        print(f"{prefix}: every stage equal, {attempts} second attempts, {seconds}", flush=True)
        seeded = f"{prefix}/{arguments.seed}-"
        failed = try_all(all_trials(driven, journal, seeded, arguments, seconds), place, journal)
    print(f"{prefix}: killed {dict(killed(journal, seeded))}", flush=True)
    failed += [f"too-few-{kind}" for kind in kinds_lacking(journal, seeded, arguments.kills)]
    end(journal, failed, f"{prefix}/")


if __name__ == "__main__":
    main()

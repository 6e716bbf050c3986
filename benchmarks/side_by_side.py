"""What the benchmarks share: flags, alternating runs in processes of their own, the last line."""

import argparse
import contextlib
import ctypes
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Run:
    """One run of one side: seconds of the work itself, start-up apart, peak memory, its answer.

    ``cpu_s`` are core-seconds of the work in the process and all below it. ``jvm_mb`` is the peak of
    the JVM (driver and, on one machine, its tasks), ``worker_mb`` of the largest Python process
    beside the first.
    """

    wall_s: float
    cpu_s: float
    start_up_s: float
    peak_mb: float
    answer: Any
    jvm_mb: float = 0.0
    worker_mb: float = 0.0


@dataclass(frozen=True)
class Side:
    """One side over all its runs."""

    name: str
    wall_s: float
    cpu_s: float
    start_up_s: float
    peak_mb: float
    rows_per_s: float
    quality: float
    jvm_mb: float = 0.0
    worker_mb: float = 0.0


def common_flags(parser: argparse.ArgumentParser) -> None:
    """Add --threads, --runs, --work and --peer."""
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--work", type=Path, help="folder for everything that is made")
    parser.add_argument("--peer", help="only this one, or none")


def in_turn(
    sides: dict[str, Callable[..., tuple[float, Any]]], runs: int, *arguments: object
) -> dict[str, list[Run]]:
    """Run each side ``runs`` times, one after the other and each in a new process.

    A side returns the seconds its start-up took and its answer.
    """
    found: dict[str, list[Run]] = {name: [] for name in sides}
    for _ in range(runs):
        for name, work in sides.items():
            found[name].append(_in_process(work, arguments))
    return found


def warm_session(name: str, threads: int, *settings: str):  # type: ignore[no-untyped-def]
    """Open the project's session on ``local[threads]`` and start its Python workers.

    Returns the session, its configuration, and the seconds that took.
    """
    from jobs.session import open_session
    from realsyn_lib.config import load_config
    from udfs.components import EDGES_DDL, reduce_edges

    started = time.perf_counter()
    config = load_config("local", [f"spark.master=local[{threads},4]", *settings])
    spark = open_session(config, name)
    pair = spark.range(2).selectExpr("id AS src", "id AS dst")
    pair.mapInArrow(reduce_edges, EDGES_DDL).count()
    start_up_ends()
    return spark, config, time.perf_counter() - started


def start_up_ends() -> None:
    """Leave out of a side's core-seconds what was spent up to now."""
    _start_up.core_s = core_seconds(os.getpid())


def settled(work: Callable[[], object], most: int = 12, within: float = 0.05) -> float:
    """Return core-seconds of ``work`` once warm: it is repeated until two runs in a row agree.

    A JVM compiles what it runs often, for the first passes of every plan. The mean of the last two,
    garbage collection and all processes below this one included; after ``most`` runs they count
    although they differ.
    """
    took: list[float] = []
    while len(took) < 3 or (len(took) < most and not _agree(took[-2], took[-1], within)):
        before = core_seconds(os.getpid())
        work()
        took.append(core_seconds(os.getpid()) - before)
    return (took[-2] + took[-1]) / 2


def peer_python(
    folder: Path, *packages: str, python: str = sys.executable, pip: str | None = None
) -> Path:
    """Make an environment of a peer's own with pinned packages, once, and return its Python.

    Args:
        folder: of the environment; one that was finished before is used again.
        packages: as pip takes them, ``name==version``.
        python: that makes the environment, where a peer needs another one than ours.
        pip: the release that installs them, where the one of the environment cannot.
    """
    done = folder / "peer-installed"
    wanted = "\n".join(packages)
    if not (done.exists() and done.read_text() == wanted):
        if python == sys.executable:
            venv.create(folder, clear=True, with_pip=True)
        else:
            subprocess.run([python, "-m", "venv", "--clear", folder], check=True)
        install = [folder / "bin" / "python", "-m", "pip", "install", "--quiet"]
        for wants in [[pip]] * bool(pip) + [list(packages)]:
            subprocess.run([*install, *wants], check=True)
        done.write_text(wanted)
    return folder / "bin" / "python"


def peer_answer(python: Path, script: str | Path, *arguments: object) -> tuple[float, Any]:
    """Run a peer's script and return (start-up seconds, answer), as a side does.

    The script, a file or its text, prints as its last line a JSON object with ``start_up_s`` and
    ``answer``, and the core-seconds of its start-up as ``start_up_core_s`` where it knows them.
    """
    source = [script] if isinstance(script, Path) else ["-c", script]
    command = [python, *source, *map(str, arguments)]
    ran = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    told = json.loads(ran.stdout.rstrip().rpartition("\n")[2])
    _start_up.core_s = told.get("start_up_core_s", 0.0)
    return told["start_up_s"], told["answer"]


def peer_array(python: str, script: str, place: str, *arguments: object) -> tuple[float, Any]:
    """Run a script of ``peers/`` on a file and return (start-up seconds, the array it wrote).

    The script takes the file, a folder of its own and the arguments; its answer names a .npy there.
    """
    file = Path(__file__).parent / "peers" / script
    with tempfile.TemporaryDirectory(dir=Path(place).parent) as folder:
        start_up_s, answer = peer_answer(Path(python), file, place, folder, *arguments)
        return start_up_s, np.load(answer)


def summary(name: str, runs: list[Run], rows: int, quality: float) -> Side:
    """Return the medians of a side's runs, and its rate over ``rows``."""
    wall_s = statistics.median(run.wall_s for run in runs)
    start_up_s = statistics.median(run.start_up_s for run in runs)
    peak_mb = max(run.peak_mb for run in runs)
    cpu_s = statistics.median(run.cpu_s for run in runs)
    jvm_mb, worker_mb = max(run.jvm_mb for run in runs), max(run.worker_mb for run in runs)
    rate = rows / wall_s
    return Side(name, wall_s, cpu_s, start_up_s, peak_mb, rate, quality, jvm_mb, worker_mb)


def tell(
    name: str, n: object, ours: Side, peers: list[Side], packages: list[str],
    limits: Sequence[Side] = (), more: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Print a table and, last, the JSON object; the fastest peer of no worse quality counts.

    ``more`` are further figures of the object. ``limits`` are no peers: parts of ours, or of its
    work, whose speed ours cannot reach.
    """
    heads = ("rows/s", "seconds", "core-s", "start-up", "peak MB", "JVM MB", "worker MB", "quality")
    print(f"{'':<20}" + "".join(f"{head:>11}" for head in heads))
    for side in (ours, *peers, *limits):
        print(
            f"{side.name:<20}{side.rows_per_s:>11,.0f}{side.wall_s:>11.2f}{side.cpu_s:>11.1f}"
            f"{side.start_up_s:>11.2f}{side.peak_mb:>11.0f}{side.jvm_mb:>11.0f}"
            f"{side.worker_mb:>11.0f}{side.quality:>11.4f}"
        )
    as_good = [peer for peer in peers if peer.quality >= ours.quality - 0.01]
    best = max(as_good, key=lambda peer: peer.rows_per_s, default=None)
    facts = {
        "name": name,
        "n": n,
        "ours": ours.rows_per_s,
        "peer": best.rows_per_s if best else None,
        "ratio": ours.rows_per_s / best.rows_per_s if best else None,
        "ratios": {peer.name: ours.rows_per_s / peer.rows_per_s for peer in peers},
        "quality_ours": ours.quality,
        "quality_peer": best.quality if best else None,
        "wall_s": ours.wall_s,
        "cpu_s": ours.cpu_s,
        "start_up_s": ours.start_up_s,
        "peak_mb": ours.peak_mb,
        "jvm_mb": ours.jvm_mb,
        "worker_mb": ours.worker_mb,
        "peers": [asdict(peer) for peer in peers],
        "limits": [asdict(side) for side in limits],
        "shares": {side.name: ours.rows_per_s / side.rows_per_s for side in limits},
        "versions": {"python": sys.version.split()[0]} | {p: version(p) for p in packages},
    }
    print(json.dumps(facts | dict(more or {})))


def _in_process(work: Callable[..., tuple[float, Any]], arguments: tuple[object, ...]) -> Run:
    context = get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_measured, args=(there, work, arguments))
    process.start()
    there.close()
    peak_mb, jvm_mb, worker_mb = 0.0, 0.0, 0.0
    while not here.poll(0.1):
        sizes = _resident_mb(int(process.pid or 0))
        peak_mb = max(peak_mb, sum(mb for _, mb in sizes))
        jvm_mb = max([jvm_mb, *(mb for name, mb in sizes if name == "java")])
        workers = (mb for name, mb in sizes[1:] if name.startswith(("python", "pyspark")))
        worker_mb = max([worker_mb, *workers])
    try:
        start_up_s, wall_s, cpu_s, answer = here.recv()
    except EOFError as error:
        process.join()
        raise SystemExit(f"{work} ended with exit code {process.exitcode}") from error
    process.join()
    return Run(wall_s, cpu_s, start_up_s, peak_mb, answer, jvm_mb, worker_mb)


def _measured(
    pipe: Connection, work: Callable[..., tuple[float, Any]], arguments: tuple[object, ...]
) -> None:
    started = time.perf_counter()
    start_up_s, answer = work(*arguments)
    wall_s = time.perf_counter() - started - start_up_s
    pipe.send((start_up_s, wall_s, core_seconds(os.getpid()) - _start_up.core_s, answer))


@dataclass
class _StartUp:
    """Core-seconds that this process had taken when its work began."""

    core_s: float = 0.0


_start_up = _StartUp()


def _resident_mb(root: int) -> list[tuple[str, float]]:
    """Name and resident memory of a process and all below it: the JVM and Spark's workers too."""
    page = os.sysconf("SC_PAGE_SIZE") / 2**20
    return [(name, int(fields[21]) * page) for name, fields in _tree(root)]


def one_blas_thread() -> None:
    """Let numpy multiply with one thread from now on; peers with a BLAS of their own keep theirs.

    For a side whose own threads, or tasks, share the work.
    """
    libraries = Path(np.__file__).parent.with_name("numpy.libs").glob("*openblas*")
    ctypes.CDLL(str(next(libraries))).scipy_openblas_set_num_threads64_(1)


def finished_stages(spark: Any) -> Iterator[Any]:
    """Yield what Spark's status store keeps of each of its stages."""
    none = spark.sparkContext._gateway.new_array(spark._jvm.double, 0)
    store = spark.sparkContext._jsc.sc().statusStore()
    stages = store.stageList(None, False, False, none, spark._jvm.java.util.ArrayList())
    for place in range(stages.size()):
        yield stages.apply(place)


def _agree(one: float, other: float, within: float) -> bool:
    return abs(one - other) <= within * max(one, other)


def core_seconds(root: int) -> float:
    """Core-seconds of a process, all below it, and those of them that have ended."""
    ticks = sum(int(ticks) for _, fields in _tree(root) for ticks in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def _tree(root: int) -> list[tuple[str, list[str]]]:
    """Name and fields of /proc/PID/stat, from the state on, of a process and all below it."""
    stats = {}
    for place in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it ended meanwhile
            front, _, back = place.read_text().rpartition(")")
            stats[int(place.parent.name)] = front.partition("(")[2], back.split()
    tree, found = [root], {root}
    while found:
        found = {pid for pid, (_, fields) in stats.items() if int(fields[1]) in found}
        tree += found
    return [stats[pid] for pid in tree if pid in stats]

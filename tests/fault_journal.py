"""What the fault trials have tried on this very code: a file of one line a trial."""

import argparse
import fnmatch
import hashlib
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).parents[1]
PARTS_OF_CODE = ("conf", "jobs", "realsyn_lib", "udfs")
OF_TRIALS = (
    "*_trials.py",
    "cluster_line.py",
    "equal_tables.py",
    "fault*.py",
    "slices.py",
    "spark_cluster.py",
    "tiny_site.py",
)


def digest_of_code() -> str:
    """Return a digest of all sources that a trial runs."""
    files = [path for part in PARTS_OF_CODE for path in (ROOT / part).rglob("*") if path.is_file()]
    files += [path for name in OF_TRIALS for path in (ROOT / "tests").glob(name)]
    hashed = hashlib.sha256()
    for path in sorted(path for path in files if path.suffix in (".py", ".yaml")):
        hashed.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    return hashed.hexdigest()[:16]


# Given a folder that is not there yet; returns what is to be kept of it in the journal.
Attempt = Callable[[Path], dict[str, object] | None]


@dataclass
class Journal:
    """Trials that passed on this code."""

    path: Path
    code: str = field(default_factory=digest_of_code)

    def done(self) -> dict[str, dict[str, object]]:
        """Return the trials that passed, by name."""
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        rows = [json.loads(line) for line in lines]
        return {row["trial"]: row for row in rows if row["code"] == self.code}

    def add(self, trial: str, seconds: float, **more: object) -> None:
        """Keep a trial that passed."""
        row = {"trial": trial, "code": self.code, "seconds": round(seconds, 1)}
        row |= {"at": datetime.now(UTC).isoformat(timespec="seconds"), **more}
        with self.path.open("a") as file:
            file.write(json.dumps(row) + "\n")


def trials_parser(description: str | None) -> argparse.ArgumentParser:
    """Return a parser with what all trials understand."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--work", type=Path, default=Path("build/faults"))
    return parser


def add_only(parser: argparse.ArgumentParser) -> None:
    """Let the user choose trials by their names."""
    parser.add_argument("--only", default="*", help="trials whose name the pattern matches")


def matching(trials: Iterable[tuple[str, Attempt]], pattern: str) -> Iterator[tuple[str, Attempt]]:
    """Yield the trials that ``--only`` chooses."""
    return (trial for trial in trials if fnmatch.fnmatch(trial[0], pattern))


def end(journal: Journal, failed: list[str], prefix: str = "") -> NoReturn:
    """Tell how many have passed, of those whose name begins so, and what failed; exit with 1 for that."""
    done = [name for name in journal.done() if name.startswith(prefix)]
    print(f"{len(done)} trials passed, {len(failed)} failed {' '.join(failed)}")
    sys.exit(bool(failed))


def until(
    journal: Journal, prefix: str, most: int, are_enough: Callable[[], bool]
) -> Iterator[str]:
    """Yield at most so many names of random trials until they were enough, earlier failures among them."""
    passed_ones = [name.removeprefix(prefix) for name in journal.done() if name.startswith(prefix)]
    last = max(map(int, passed_ones), default=-1)
    for number in range(most):
        if number > last and are_enough():
            return
        yield f"{prefix}{number}"


def try_all(trials: Iterable[tuple[str, Attempt]], place: Path, journal: Journal) -> list[str]:
    """Try what has not passed yet on this code; return the names of what failed."""
    return [
        name
        for name, attempt in trials
        if name not in journal.done() and not passed(name, attempt, place, journal)
    ]


def passed(name: str, attempt: Attempt, place: Path, journal: Journal) -> bool:
    """Try it; a failure is told and leaves its warehouse to be looked at."""
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    try:
        # A path of its own: Delta remembers the logs of tables that were.
        more = attempt(place / f"warehouse-{time.monotonic_ns()}") or {}
    except (AssertionError, TimeoutError, subprocess.TimeoutExpired) as error:
        kept = shutil.copytree(place, place.with_name(f"failed-{int(time.time())}"))
        print(f"FAILED {name}: {error}; see {kept}", flush=True)
        return False
    journal.add(name, time.monotonic() - started, **more)
    print(f"{name}: equal, {time.monotonic() - started:.0f} s", flush=True)
    return True

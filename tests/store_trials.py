"""Object stores that lose answers or fail, and two drivers at once on one: the tables are a local run's.

    python -m tests.store_trials [--work DIR] [--rounds 7] [--races 7] [--late 7]

The store is moto's server on the loopback interface, behind a proxy that misbehaves. A round runs a
small site up to filter_images in a process of its own, again where the run ended, and compares the tables
with those of a local disk: once with the answer to the first try of every commit lost, once with every
tenth request answered by 500, once by 503. A race starts two drivers at once on the same stage: one
finishes, the other is told who holds it and ends with exit code 4. A late driver comes when the first has
the lock: it makes no table, and its time is that of the refusal. WORK/journal.jsonl holds what was
tried on this very code; the same command goes on with the rest.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from realsyn_lib.stages import stages_between
from tests.equal_tables import assert_equal_warehouses, published
from tests.fault_journal import ROOT, Attempt, Journal, trials_parser, try_all
from tests.fault_line import assert_no_unit_twice
from tests.faulty_store import Fault, failing, faulty_proxy, lost_commits
from tests.s3_store import BUCKET, ObjectStore, object_store
from tests.spark_cluster import wait_until
from tests.tiny_site import Tiny, make_site

LAST = "filter_images"
MOST_RUNS = 4  # of the same command, until one ends well
# A driver that says when its session is up, waits for a file, and says how its run ended and when.
DRIVER = """
import sys, time
from pathlib import Path
from tests.tiny_site import QUICK, realsyn
ready, go, site, warehouse, last = sys.argv[1:]
assert realsyn("status", "--warehouse", warehouse) in (0, 2)
Path(ready).touch()
while not Path(go).exists():
    time.sleep(0.01)
started = time.monotonic()
code = realsyn("run", "--warehouse", warehouse, "--input", site, "--format", "html", "--to", last, *QUICK)
print(f"ended {code} {time.monotonic() - started:.2f}")
"""


@dataclass(frozen=True)
class Ended:
    """How a driver ended, after how many seconds, and what it printed."""

    code: int
    seconds: float
    told: str


def driver(store: ObjectStore, folder: Path, name: str, warehouse: str) -> subprocess.Popen[str]:
    """Start a driver that waits for its file ``.go``."""
    signs = [folder / f"{name}.ready", folder / f"{name}.go"]
    places = [*signs, f"s3a://{BUCKET}/site", warehouse, LAST]
    return subprocess.Popen(
        [sys.executable, "-c", DRIVER, *map(str, places)], cwd=ROOT, env=store.environment, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


@contextmanager
def drivers(
    store: ObjectStore, folder: Path, warehouse: str, count: int
) -> Iterator[list[subprocess.Popen[str]]]:
    """Have drivers ready; none outlives the block."""
    folder.mkdir(parents=True)
    names = [f"driver-{number}" for number in range(count)]
    started = [driver(store, folder, name, warehouse) for name in names]
    try:
        ready = [folder / f"{name}.ready" for name in names]
        wait_until(lambda: all(file.exists() for file in ready), "the drivers are ready", 180)
        yield started
    finally:
        for process in started:
            process.kill()
            process.wait()


def let_go(folder: Path, number: int) -> None:
    """Let one of the drivers begin."""
    (folder / f"driver-{number}.go").touch()


def ended(process: subprocess.Popen[str]) -> Ended:
    """Wait for a driver's end."""
    told, _ = process.communicate(timeout=900)
    last = [line for line in told.splitlines() if line.startswith("ended ")]
    assert last, f"the driver ended without a word of it: {told[-3000:]}"
    _word, code, seconds = last[-1].split()
    return Ended(int(code), float(seconds), told)


@dataclass(frozen=True)
class Stored:
    """The store, and the tables that a local run made of the same site."""

    local: Tiny
    store: ObjectStore

    def try_faults(self, name: str, rule: Fault, folder: Path) -> dict[str, object]:
        """Run behind a proxy until the command ends well; the tables are the local ones."""
        warehouse, ends = f"s3a://{BUCKET}/{name}", []
        with faulty_proxy(self.store.endpoint, rule) as (address, faults):
            behind = replace(self.store, endpoint=address)
            for number in range(MOST_RUNS):
                run = folder / f"run-{number}"
                with drivers(behind, run, warehouse, 1) as (process,):
                    let_go(run, 0)
                    ends.append(ended(process))
                if ends[-1].code == 0:
                    break
        codes = [end.code for end in ends]
        assert codes[-1] == 0, f"ended with {codes}: {ends[-1].told[-3000:]}"
        assert faults.given, "no fault came"
        self.held_to(name, folder)
        return {"faults": dict(faults.given), "codes": codes}

    def race(self, name: str, is_late: bool, folder: Path) -> dict[str, object]:
        """Two drivers: one makes the tables, the other names it and ends with 4.

        ``is_late``: the second begins when the first has taken its lock, else both begin at once.
        """
        race = folder / "race"
        with drivers(self.store, race, f"s3a://{BUCKET}/{name}", 2) as both:
            let_go(race, 0)
            if is_late:
                lock = f"{BUCKET}/{name}/_files/locks/_delta_log/{1:020d}.json"
                wait_until(lambda: self.store.has(lock), "the first driver has a lock", 180)
            let_go(race, 1)
            first, second = (ended(process) for process in both)
        winner, loser = sorted((first, second), key=lambda end: end.code)
        assert (winner.code, loser.code) == (0, 4), f"{first} {second}"
        copy = self.held_to(name, folder)
        named = published(copy).runs["extract_documents"]
        assert named in loser.told, f"{named} is not named: {loser.told[-2000:]}"
        return {"loser_s": loser.seconds, "winner_s": winner.seconds}

    def held_to(self, name: str, folder: Path) -> Path:
        """Compare what lies on the store with the tables of the local run; return a copy of it."""
        copy = self.store.download(name, folder / "copy")
        assert_equal_warehouses(self.local.warehouse, copy)
        ends = Tiny(self.local.site, copy).stages_run()
        finished = Counter(stage for stage, status in ends if status == "finished")
        assert set(finished.values()) == {1}, f"published more than once: {finished}"
        assert_no_unit_twice(self.local.warehouse, copy, stages_between(None, LAST))
        return copy


def all_trials(stored: Stored, arguments: argparse.Namespace) -> Iterator[tuple[str, Attempt]]:
    """Yield the name of each trial and what it does in a folder that is not there yet."""
    for number in range(arguments.rounds):
        rules = {"lost": lost_commits, "500": failing(500, 10), "503": failing(503, 10)}
        for kind, rule in rules.items():
            name = f"store-{kind}-{number}"
            yield name, partial(stored.try_faults, name, rule)
    for number in range(arguments.races):
        yield f"store-race-{number}", partial(stored.race, f"store-race-{number}", False)
    for number in range(arguments.late):
        yield f"store-late-{number}", partial(stored.race, f"store-late-{number}", True)


def figures(done: dict[str, dict[str, object]]) -> dict[str, object]:
    """Sum up what passed: faults by kind, and how soon a driver was refused."""
    rows = [row for name, row in done.items() if name.startswith("store-")]
    given: Counter[str] = Counter()
    for row in rows:
        given.update(row.get("faults", {}))
    told: dict[str, object] = {"faults": dict(given)}
    for kind in ("race", "late"):
        named = (row for name, row in done.items() if name.startswith(f"store-{kind}-"))
        lost = sorted(row["loser_s"] for row in named)
        if lost:
            refused = {"median": statistics.median(lost), "worst": lost[-1]}
            told[kind] = {"count": len(lost), "refused_after_s": refused}
    return told


def main() -> None:
    """Try what is not yet in the journal; exit with 1 where anything failed."""
    parser = trials_parser(__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="of each kind of fault")
    parser.add_argument("--races", type=int, default=7)
    parser.add_argument("--late", type=int, default=7)
    arguments = parser.parse_args()
    work = arguments.work.absolute() / "store"
    shutil.rmtree(work, ignore_errors=True)
    local = Tiny(make_site(work / "site"), work / "local")
    assert local.run(last=LAST) == 0
    journal = Journal(work.parent / "journal.jsonl")
    with object_store(work) as store:
        store.upload(local.site, "site")
        failed = try_all(all_trials(Stored(local, store), arguments), work / "trial", journal)
    print(json.dumps(figures(journal.done())), f"{len(failed)} failed {' '.join(failed)}")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()

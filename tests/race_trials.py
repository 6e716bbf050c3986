"""Runs at once on one local disk: processes and threads that want one lock and commit to the same tables.

    python -m tests.race_trials [--work DIR] [--commits 250]

Two processes, each with a session of its own and two threads, go round after round. In each all four want
the lock of one stage at the same moment: exactly one gets it, the others are told who it is, within five
seconds. Then all four commit a row of `runs` and one of `funnel` at once. In the end every row must be there,
once. WORK/journal.jsonl holds what passed on this very code.
"""

import json
import os
import shutil
import sys
import threading
import time
from datetime import UTC, datetime
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path

from deltalake import DeltaTable

from jobs.ledger import FunnelRow, Ledger, StageRun
from jobs.session import open_session
from jobs.stage_locks import StageLocks
from jobs.warehouse import Warehouse
from realsyn_lib.config import load_config
from realsyn_lib.errors import LockedError
from tests.fault_journal import Journal, trials_parser, try_all

PROCESSES, THREADS = 2, 2
STAGE = "fetch_images"
REFUSED_S = 5.0
WAIT_S = 300.0


def contend(folder: Path, process: int, rounds: int, together: Barrier) -> None:
    """Be one of the processes."""
    config = load_config("local", ["spark.master=local[1,4]", "spark.driver_memory=2g"])
    session = open_session(config, f"races-{process}")
    warehouse = Warehouse(session, str(folder / "warehouse"))
    names = [f"{process}-{thread}" for thread in range(THREADS)]
    contenders = [
        threading.Thread(target=_go_rounds, args=(warehouse, folder, name, rounds, together))
        for name in names
    ]
    for one in contenders:
        one.start()
    for one in contenders:
        one.join()
    session.stop()


def _go_rounds(
    warehouse: Warehouse, folder: Path, name: str, rounds: int, together: Barrier
) -> None:
    """Be one thread: want the lock, tell what came of it, commit, round after round."""
    locks = StageLocks(warehouse)
    ledger = Ledger(warehouse, locks.control)
    ledger.open()
    told = []
    for number in range(rounds):
        run_id = f"{number:06d}-{name}"
        together.wait(WAIT_S)
        started = time.monotonic()
        try:
            with locks.hold(STAGE, run_id):
                together.wait(WAIT_S)  # all others have asked by then
            told.append({"run": run_id, "won": True})
        except LockedError as refusal:
            seconds = time.monotonic() - started
            together.wait(WAIT_S)
            told.append({"run": run_id, "won": False, "seconds": seconds, "told": str(refusal)})
        together.wait(WAIT_S)
        run = StageRun(run_id, f"stage-{name}", "races", datetime.now(UTC), 0.0, "finished")
        ledger.record(run, [FunnelRow("images", "in", None, number)], None)
    (folder / f"{name}.json").write_text(json.dumps(told))


def race(rounds: int, folder: Path) -> dict[str, object]:
    """Let them contend; count winners, refusals and rows."""
    folder.mkdir(parents=True)
    context = get_context("spawn")
    together = context.Barrier(PROCESSES * THREADS)
    started = [
        context.Process(target=contend, args=(folder, process, rounds, together))
        for process in range(PROCESSES)
    ]
    for one in started:
        one.start()
    for one in started:
        one.join()
    assert [one.exitcode for one in started] == [0] * PROCESSES, "a process failed"
    told = [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
    assert len(told) == PROCESSES * THREADS, f"{len(told)} contenders came to the end"
    slowest = max(_refused_s(of_round) for of_round in zip(*told, strict=True))
    assert slowest < REFUSED_S, f"refused after {slowest:.1f} s"
    wanted = sorted(one["run"] for of_thread in told for one in of_thread)
    for table in ("runs", "funnel"):
        rows = DeltaTable(str(folder / "warehouse" / table)).to_pyarrow_table(columns=["run_id"])
        found = sorted(rows["run_id"].to_pylist())
        assert found == wanted, f"{table}: {len(found)} rows of {len(wanted)}"
    return {"commits": 2 * len(wanted), "refused_s": round(slowest, 2)}


def _refused_s(of_round: tuple[dict[str, object], ...]) -> float:
    """See that one got the lock and the others were told who; return the seconds of the slowest refusal."""
    winners = [str(one["run"]) for one in of_round if one["won"]]
    assert len(winners) == 1, f"{len(winners)} got the lock: {of_round}"
    losers = [one for one in of_round if not one["won"]]
    assert all(f"run_id {winners[0]}" in str(one["told"]) for one in losers), f"{of_round}"
    return max(float(str(one["seconds"])) for one in losers)


def main() -> None:
    """Race, unless it was done on this code; exit with 1 where anything failed."""
    parser = trials_parser(__doc__)
    parser.add_argument("--commits", type=int, default=250, help="to each of the two tables")
    arguments = parser.parse_args()
    work = arguments.work.absolute()
    work.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    journal, rounds = Journal(work / "journal.jsonl"), arguments.commits // (PROCESSES * THREADS)
    name = f"races/{rounds}"
    failed = try_all([(name, lambda folder: race(rounds, folder))], work / "races", journal)
    print(json.dumps(journal.done().get(name, {})), f"{len(failed)} failed")
    shutil.rmtree(work / "races", ignore_errors=not failed)
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()

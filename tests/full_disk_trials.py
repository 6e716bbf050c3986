"""Stages whose disk fills up, each tried from a copy of an undisturbed warehouse, and again with room.

    python -m tests.full_disk_trials [--work DIR] [--only 'PATTERN']

The warehouse lies on a disk that has a part of the room that the stage takes. The run must end with exit
code 2, name the disk, publish nothing and leave all readable; with room the same command must give equal
tables and exports, with no commit made twice. WORK/full-disk.jsonl holds what passed on this very code.
"""

import argparse
import contextlib
import fnmatch
import io
import shutil
import sys
import time
from pathlib import Path

from realsyn_lib.stages import STAGES, StageSpec
from tests.fault_journal import Journal, digest_of_code
from tests.fault_line import Line, held_to, published_stages, with_log
from tests.small_disk import BLOCK_BYTES, HOW_TO_GET_IT, blocks_below, may_mount, small_disk
from tests.tiny_site import realsyn

SHARES = (0.05, 0.35, 0.65, 0.9)  # of what a stage adds to the warehouse


def try_stage(line: Line, stage: StageSpec, share: float, folder: Path) -> dict[str, object]:
    """Run a stage with too little room, then with enough."""
    before, after = line.before(stage), line.after(stage)
    added = blocks_below(after) - blocks_below(before)
    room = blocks_below(before) + max(BLOCK_BYTES, int(added * share) // BLOCK_BYTES * BLOCK_BYTES)
    with small_disk(folder, 2**30) as disk:
        warehouse = disk.folder / "warehouse"
        shutil.copytree(before, warehouse)
        disk.resize(room)
        published = published_stages(warehouse)
        code, told = _run(line.arguments(warehouse, stage))
        assert code == 2, f"exit code {code}: {told}"
        assert "the disk is full" in told and str(disk.folder) in told, told
        assert published_stages(warehouse) == published, "a stage without room was published"
        disk.resize(2**30)
        code, rest = _run(line.arguments(warehouse, stage))
        assert code == 0, rest
        held_to(after, warehouse, (stage,))
    return {"room_bytes": room, "told": told.strip().splitlines()[-1][:300]}


def _run(arguments: list[str]) -> tuple[int, str]:
    told = io.StringIO()
    with contextlib.redirect_stderr(told):
        return realsyn(*arguments), told.getvalue()


def main() -> None:
    """Try what has not passed yet on this code; exit with 1 where anything failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=Path("build/faults"))
    parser.add_argument("--only", default="*", help="trials whose name the pattern matches")
    arguments = parser.parse_args()
    work = arguments.work.absolute()
    work.mkdir(parents=True, exist_ok=True)
    if not may_mount(work):
        sys.exit(f"full_disk_trials: {HOW_TO_GET_IT}")
    code = digest_of_code()
    line, journal = Line(work / f"line-{code}"), Journal(work / "full-disk.jsonl", code)
    with_log(work / "reached.log", lambda: line.make(work / "reached.log"))
    failed = 0
    for stage in STAGES:
        for share in SHARES:
            name = f"{stage.name}/{share}"
            if name in journal.done() or not fnmatch.fnmatch(name, arguments.only):
                continue
            started = time.monotonic()
            try:
                facts = try_stage(line, stage, share, work / "disk")
            except AssertionError as error:
                failed += 1
                print(f"FAILED {name}: {error}", flush=True)
            else:
                journal.add(name, time.monotonic() - started, **facts)
                print(f"{name}: named, then equal", flush=True)
            shutil.rmtree(work / "disk", ignore_errors=True)
    print(f"{len(journal.done())} trials passed, {failed} failed")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()

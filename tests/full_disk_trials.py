"""Stages whose disk fills up, each tried from a copy of an undisturbed warehouse, and again with room.

    python -m tests.full_disk_trials [--work DIR] [--only 'PATTERN']

The warehouse lies on a disk that has a part of the room that the stage takes. The run must end with exit
code 2, name the disk, publish nothing and leave all readable; with room the same command must give equal
tables and exports, with no commit made twice. Then the same for the disk of Spark's local folder and of
temporary files, with ever more room until it suffices. WORK/full-disk.jsonl holds what passed on this
very code.
"""

import os
import shutil
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from jobs.jars import delta_jars
from jobs.names import REPORT
from realsyn_lib.stages import STAGES, StageSpec
from tests.fault_journal import Attempt, Journal, add_only, end, matching, trials_parser, try_all
from tests.fault_line import Line, held_to, published_stages, undisturbed_line
from tests.fault_process import command
from tests.small_disk import BLOCK_BYTES, HOW_TO_GET_IT, blocks_below, may_mount, small_disk
from tests.tiny_site import realsyn_told

SHARES = (0.05, 0.35, 0.65, 0.9)  # of what a stage adds to the warehouse
TEMPORARY_BYTES = (-(2**20), 40 * 2**10, 160 * 2**10, 2**28)  # beside the jars that Spark copies


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
        code, told = realsyn_told(*line.arguments(warehouse, stage))
        assert code == 2, f"exit code {code}: {told}"
        assert "the disk is full" in told and str(disk.folder) in told, told
        if f"realsyn: {REPORT}: " not in told:  # drawn when the last stage is published
            assert published_stages(warehouse) == published, "a stage without room was published"
        disk.resize(2**30)
        code, rest = realsyn_told(*line.arguments(warehouse, stage))
        assert code == 0, rest
        held_to(after, warehouse, (stage,))
    return {"room_bytes": room, "told": told.strip().splitlines()[-1][:300]}


def try_temporary(line: Line, stage: StageSpec, folder: Path) -> dict[str, object]:
    """Run a stage in a process of its own whose temporary disk has room for Spark's jars and little more."""
    warehouse, ends = folder.with_name("tables"), []
    shutil.copytree(line.before(stage), warehouse)
    before = published_stages(warehouse)
    jars = sum(Path(jar).stat().st_size for jar in delta_jars())
    with small_disk(folder, 2**30) as disk:
        places = {"SPARK_LOCAL_DIRS": str(folder), "TMPDIR": str(folder)}
        for more in TEMPORARY_BYTES:
            disk.resize(jars + more)
            code, told = command(
                line.arguments(warehouse, stage), {**os.environ, **places}
            ).communicated()
            ends.append(code)
            if code == 0:
                break
            assert code == 2, f"exit code {code}: {told[-2000:]}"
            assert "the disk is full" in told and str(folder) in told, told[-2000:]
            assert published_stages(warehouse) == before, "a stage without room was published"
    held_to(line.after(stage), warehouse, (stage,))
    return {"exit_codes": ends}


def all_trials(line: Line) -> Iterator[tuple[str, Attempt]]:
    """Yield the name of each trial and what it does on a disk at a path that is not there yet."""
    for stage in STAGES:
        for share in SHARES:
            yield f"{stage.name}/{share}", partial(try_stage, line, stage, share)
        yield f"{stage.name}/temporary", partial(try_temporary, line, stage)


def main() -> None:
    """Try what has not passed yet on this code; exit with 1 where anything failed."""
    parser = trials_parser(__doc__)
    add_only(parser)
    arguments = parser.parse_args()
    work = arguments.work.absolute()
    work.mkdir(parents=True, exist_ok=True)
    if not may_mount(work):
        sys.exit(f"full_disk_trials: {HOW_TO_GET_IT}")
    line, journal = undisturbed_line(work), Journal(work / "full-disk.jsonl")
    trials = matching(all_trials(line), arguments.only)
    end(journal, try_all(trials, work / "full", journal))


if __name__ == "__main__":
    main()

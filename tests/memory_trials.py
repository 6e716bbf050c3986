"""Stages whose memory is cut to a part of what they took, and the same command with enough of it.

    python -m tests.memory_trials [--work DIR] [--only 'PATTERN']

Each stage is run in a process of its own from a copy of an undisturbed warehouse, in a group of processes
whose memory the system limits (a cgroup): first without a limit, to learn what it takes, then with ever
less. A run must end within ten minutes: well, killed, or with exit code 2 and what to do about memory; of one
that did not end well nothing is published, and the same command with enough memory gives equal tables and
exports, no commit made twice. WORK/memory.jsonl holds what passed on this very code.
"""

import os
import shutil
import signal
import sys
from functools import partial
from pathlib import Path

from realsyn_lib.stages import STAGES, StageSpec
from tests.fault_journal import Journal, add_only, end, matching, trials_parser, try_all
from tests.fault_line import Line, held_to, published_stages, undisturbed_line
from tests.fault_process import command
from tests.memory_group import HOW_TO_GET_IT, may_limit, memory_group
from tests.tiny_site import realsyn

SHARES = (0.6, 0.4, 0.3)  # of what the stage took, files that were read included
MOST_S = 600.0


def try_stage(line: Line, stage: StageSpec, folder: Path) -> dict[str, object]:
    """Run a stage with all the memory it wants, then with shares of that."""
    code, told, peak, _kills = run_limited(line, stage, folder / "whole", None)
    assert code == 0, told[-2000:]
    ended = {share: try_share(line, stage, folder, peak, share) for share in SHARES}
    return {"peak_mb": peak >> 20, "ended": ended}


def try_share(line: Line, stage: StageSpec, folder: Path, peak: int, share: float) -> str:
    """Run a stage with too little memory, then with enough; return how the first run ended."""
    warehouse = folder / f"share-{share}"
    code, told, _peak, kills = run_limited(line, stage, warehouse, int(peak * share))
    assert code in (0, 2, -signal.SIGKILL), f"{share} of {peak >> 20} MB: {code}: {told[-3000:]}"
    if code == 2:
        assert "memory" in told, told[-3000:]
    if code != 0:
        assert published_stages(warehouse) == published_stages(line.before(stage)), "published"
        assert realsyn(*line.arguments(warehouse, stage)) == 0
    held_to(line.after(stage), warehouse, (stage,))
    return f"exit code {code}, {kills} killed"


def run_limited(
    line: Line, stage: StageSpec, warehouse: Path, limit_bytes: int | None
) -> tuple[int, str, int, int]:
    """Run a stage from a copy of what lies before it; return code, words, peak bytes and kills."""
    shutil.copytree(line.before(stage), warehouse)
    arguments = line.arguments(warehouse, stage)
    with memory_group(f"realsyn-{os.getpid()}", limit_bytes) as group:
        code, told = command(arguments, dict(os.environ), group.enter).communicated(MOST_S)
        return code, told, group.peak_bytes, group.kills


def main() -> None:
    """Try what has not passed yet on this code; exit with 1 where anything failed."""
    parser = trials_parser(__doc__)
    add_only(parser)
    arguments = parser.parse_args()
    work = arguments.work.absolute()
    if not may_limit():
        sys.exit(f"memory_trials: {HOW_TO_GET_IT}")
    line, journal = undisturbed_line(work), Journal(work / "memory.jsonl")
    trials = ((stage.name, partial(try_stage, line, stage)) for stage in STAGES)
    end(journal, try_all(matching(trials, arguments.only), work / "memory", journal))


if __name__ == "__main__":
    main()

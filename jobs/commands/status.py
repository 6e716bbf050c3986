"""realsyn status: what each stage has published, what failed, who is writing."""

import argparse
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from pyspark.sql.functions import col, max_by, struct

from jobs.ledger import StageRun, stage_run
from jobs.published import Published, open_published
from jobs.runtime import add_common_arguments
from jobs.stage_locks import StageLocks
from jobs.staleness import staleness_of
from realsyn_lib.stages import STAGES
from realsyn_lib.tables import FUNNEL, RUNS
from realsyn_lib.text_table import one_line, text_table

_NAMES = (
    "stage", "state", "started (UTC)", "took", "rows", "in", "kept", "dropped", "quarantined",
)  # fmt: skip
_OUTCOMES = ("in", "kept", "dropped", "quarantined")
Counts = dict[str, dict[str, dict[str, int]]]  # stage -> entity -> outcome -> rows


def add_parser(subparsers: argparse._SubParsersAction) -> None:  # type: ignore[type-arg]
    """Add the subcommand."""
    parser = subparsers.add_parser("status", help="what is published, what failed, who is writing")
    add_common_arguments(parser)
    parser.set_defaults(work=status)


def status(arguments: argparse.Namespace) -> int:
    """Print a line for each stage and entity, then errors and holders."""
    published = open_published(arguments)
    last, counts, writing = (
        last_attempts(published),
        funnel_counts(published),
        StageLocks(published.warehouse).holders(),
    )
    changed = staleness_of(published)
    rows: list[tuple[object, ...]] = []
    for spec in STAGES:
        finished = published.ledger.last_finished(spec.name)
        stale = changed(spec, finished) if finished else []
        state = state_of(spec.name in writing, last.get(spec.name), finished, stale)
        rows += _rows_of(spec.name, state, finished or last.get(spec.name), counts[spec.name])
    print(text_table(_NAMES, rows))
    for line in _notes(last, writing):
        print(line)
    return 0


def state_of(
    running: bool, last: StageRun | None, finished: StageRun | None, changed: list[str]
) -> str:
    """Return one of never, running, failed, out of date (and by what), finished."""
    if running:
        return "running"
    if last is None:
        return "never"
    if last.status == "failed":
        return "failed" if finished is None else "failed; an earlier run is published"
    return f"out of date: {', '.join(changed)}" if changed else "finished"


def last_attempts(published: Published) -> dict[str, StageRun]:
    """Return the last attempt of each stage, finished or failed."""
    newest = (
        published.read(RUNS)
        .groupBy(col("stage").alias("of"))
        .agg(max_by(struct(*RUNS.names), struct("run_id", "started_at")).alias("run"))
    )
    runs = [stage_run(row.run) for row in newest.collect()]
    return {run.stage: run for run in runs}


def funnel_counts(published: Published) -> Counts:
    """Return rows by stage, entity and outcome of what is published."""
    counts: Counts = defaultdict(lambda: defaultdict(lambda: dict.fromkeys(_OUTCOMES, 0)))
    if published.has(FUNNEL):
        grouped = published.read(FUNNEL).groupBy("stage", "entity", "outcome")
        for row in grouped.sum("row_count").collect():
            counts[row["stage"]][row["entity"]][row["outcome"]] = row["sum(row_count)"]
    return counts


def _rows_of(
    stage: str, state: str, run: StageRun | None, counts: Mapping[str, Mapping[str, int]]
) -> list[tuple[object, ...]]:
    when = f"{run.started_at:%Y-%m-%d %H:%M:%S}" if run else None
    took = f"{run.took_s:.1f} s" if run else None
    head = (stage, state, when, took)
    if not counts:
        return [(*head, None, None, None, None, None)]
    lines: list[tuple[object, ...]] = []
    for entity in sorted(counts):
        numbers = tuple(counts[entity][outcome] for outcome in _OUTCOMES)
        lines.append((*(head if not lines else (None,) * 4), f"{entity}s", *numbers))
    return lines


def _notes(last: Mapping[str, StageRun], writing: Mapping[str, Mapping[str, Any]]) -> list[str]:
    failed = [run for run in last.values() if run.status == "failed"]
    lines = [
        f"{run.stage} failed ({run.run_id}): {one_line(run.error or '', 400)}" for run in failed
    ]
    for stage, holder in writing.items():
        who = ", ".join(
            f"{key} {holder[key]}" for key in ("run_id", "host", "driver_pid") if key in holder
        )
        lines.append(f"{stage} is being written by {one_line(who, 200)}")
    return lines

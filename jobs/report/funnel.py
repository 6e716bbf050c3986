"""The funnel and the times of the stages."""

from collections.abc import Callable, Sequence

from jobs.ledger import StageRun
from jobs.published import Published
from jobs.staleness import staleness_of
from realsyn_lib.errors import ModelError
from realsyn_lib.report.content import Loss, StageTime, Step
from realsyn_lib.stages import STAGES, StageSpec, stage_named
from realsyn_lib.tables import FUNNEL


def steps(published: Published) -> tuple[Step, ...]:
    """Return one step for each published stage and entity, in the order of the line."""
    if not published.has(FUNNEL):
        return ()
    rows = published.read(FUNNEL).collect()  # a few dozen: one for each stage, entity and reason
    found = []
    for spec in STAGES:
        of_stage = [row for row in rows if row["stage"] == spec.name]
        for entity in sorted({row["entity"] for row in of_stage}):
            here = [row for row in of_stage if row["entity"] == entity]
            counts = {row["outcome"]: row["row_count"] for row in here if not row["drop_reason"]}
            losses = [
                Loss(row["drop_reason"], row["outcome"], row["row_count"])
                for row in here
                if row["drop_reason"]
            ]
            losses.sort(key=lambda loss: (-loss.row_count, loss.reason))
            step = Step(
                spec.name, entity, counts.get("in", 0), counts.get("kept", 0), tuple(losses)
            )
            found.append(step)
    return tuple(found)


def stage_times(published: Published, found: Sequence[Step]) -> tuple[StageTime, ...]:
    """Return when each published stage ran, on how many rows, and what has changed since."""
    changed = staleness_of(published)
    rows: dict[str, int] = {}
    for step in found:
        rows.setdefault(step.stage, step.rows_in)  # of several entities the first is what is read
    return tuple(
        StageTime(
            name, run.run_id, f"{run.started_at:%Y-%m-%d %H:%M:%S}", run.took_s, run.config_digest,
            rows.get(name), _changed(changed, run),
        )
        for name, run in published.last_runs().items()
    )  # fmt: skip


def _changed(
    changed: Callable[[StageSpec, StageRun], list[str]], run: StageRun
) -> tuple[str, ...] | None:
    """None where it cannot be told: a report is drawn without the models, too."""
    try:
        return tuple(changed(stage_named(run.stage), run))
    except ModelError:
        return None

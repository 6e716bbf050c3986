"""What the last run of a stage read and wrote, where this attempt may go on with it."""

from collections.abc import Callable

from pyspark.sql import DataFrame

from jobs.ledger import StageRun
from jobs.metric_digest import digest_as_float
from jobs.stage import Stage
from jobs.staleness import changes
from realsyn_lib.stages import OWNER_OF
from realsyn_lib.tables import Table


def past_reader(stage: Stage, *vectors: Table) -> Callable[[Table], DataFrame] | None:
    """Return a function that reads tables as the last run read, or wrote, them.

    ``vectors``: tables of vectors that this stage's rows rest on, directly or not; their content
    must come from the same settings, models and code as then, since their ids do not tell it.

    None: its rows must not be used. A table whose log no longer tells of that version is a
    ContractError, and its files may be gone: ``jobs.faults.unless_gone``.
    """
    last = stage.ledger.last_finished(stage.spec.name)
    owners = [(stage.home_of(table.name), OWNER_OF[table.name]) for table in vectors]
    makers = [ledger.last_finished(owner) for ledger, owner in owners]
    made_by = digest_as_float([run and run.config_digest for run in makers])
    if vectors:
        stage.metrics["vectors_made_by"] = made_by
    if last is None or not may_go_on(stage, last):
        return None
    if vectors and last.metrics.get("vectors_made_by") != made_by:
        return None
    versions = last.input_versions | last.output_versions
    return lambda table: stage.home_of(table.name).warehouse.read(table, versions[table.name])


def may_go_on(stage: Stage, last: StageRun) -> bool:
    """Say whether an attempt computes from the tables it reads just what the last run would have.

    Settings, models, code, what it reads beside tables and what it has frozen must be the same;
    --force and --refit ask for everything anew.
    """
    attempt = stage.attempt
    if attempt.only_run is not None or attempt.refit:
        return False
    changed = changes(last, attempt.config_digest, attempt.input_versions)
    frozen = (
        stage.outputs.get(name) == last.output_versions.get(name) for name in stage.spec.frozen
    )
    return set(changed) <= set(stage.spec.reads) and all(frozen)

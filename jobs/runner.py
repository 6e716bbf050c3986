"""Runs one stage: lock, recover, skip or work, account, publish."""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pyspark.sql import DataFrame

from jobs.attempt import Attempt, asked_again
from jobs.commits import Commit
from jobs.compat import describe_job
from jobs.digest import config_digest
from jobs.faults import as_known_error
from jobs.inputs import InputFiles, InputSpec
from jobs.ledger import Ledger, StageRun
from jobs.other_sentences import home_of, where_from
from jobs.progress import Reporter
from jobs.spark_text import SPARK_FAULTS
from jobs.stage import Stage, missing_input
from jobs.stage_locks import StageLocks
from jobs.staleness import changes
from jobs.warehouse import Warehouse
from jobs.widths import check_widths
from realsyn_lib.config import Config
from realsyn_lib.errors import RealSynError
from realsyn_lib.files import remove_folder
from realsyn_lib.stages import StageSpec

Work = Callable[[Stage], None]
_CAUSES = {"settings": "other settings, models or code"}


@dataclass
class Runner:
    """Everything the stages of one run share."""

    config: Config
    warehouse: Warehouse
    inputs: InputSpec
    listing: InputFiles | None
    reporter: Reporter
    model_digests: Callable[[StageSpec, Config], dict[str, str]]
    force: bool = False
    refit: frozenset[str] = frozenset()
    other_sentences: Ledger | None = None
    run_id: str = ""
    ledger: Ledger = field(init=False)

    def __post_init__(self) -> None:
        self._locks = StageLocks(self.warehouse)
        self.ledger = Ledger(self.warehouse, self._locks.control)

    def begin(self) -> None:
        """Make the control tables where they are missing, and take a run id."""
        with self.faults_told("opening the warehouse"):
            self.ledger.open()
            self.run_id = self.ledger.next_run_id()

    def run(self, spec: StageSpec, work: Work, outside: dict[str, int]) -> bool:
        """Run a stage if it is due; return whether it ran.

        Args:
            spec: the stage.
            work: reads, transforms and writes through the ``Stage`` it is given.
            outside: fingerprints of what it reads that is no table (input files).

        Raises:
            RealSynError: with the exit code of its kind; ``runs`` then has a failed row.
        """
        hold = self._locks.hold(spec.name, self.run_id)
        with self.faults_told(spec.name), hold as require_lock:
            self.ledger.refresh()
            stage = self._open(spec, outside)
            stage.require_lock = require_lock
            self._recover(stage)
            if not self._causes(stage):
                self.reporter.skipped(spec.name)
                return False
            describe_job(self.warehouse.spark, spec.name)
            self._attempt(stage, work)
            return True

    def causes(self, spec: StageSpec, outside: dict[str, int]) -> list[str]:
        """Return why a stage would run now: what is missing or has changed; none where it is done."""
        missing = [table for table in spec.reads if self._published(table) is None]
        if missing:
            return [f"no {table} yet" for table in missing]
        return self._causes(self._open(spec, outside))

    def _open(self, spec: StageSpec, outside: dict[str, int]) -> Stage:
        versions = outside | where_from(spec, self.other_sentences)
        for table in spec.reads:
            version = self._published(table)
            if version is None:
                raise missing_input(spec.name, table)
            versions[table] = version
        models = self.model_digests(spec, self.config)
        digest = config_digest(spec, self.config, self.inputs, models)
        refit = self.refit.intersection(spec.frozen)
        only_run = self.run_id if self.force else None
        again = asked_again(spec, self.config)
        attempt = Attempt(self.run_id, digest, versions, only_run, refit, again)
        return Stage(
            spec, self.config, self.warehouse.spark, self.warehouse, self.ledger, attempt,
            self.inputs, self.listing, models, self.reporter.step,
            other_sentences=self.other_sentences,
        )  # fmt: skip

    def _published(self, table: str) -> int | None:
        return home_of(table, self.ledger, self.other_sentences).published(table)

    def _recover(self, stage: Stage) -> None:
        """Undo what a dead attempt has left ahead of what is published.

        Its own commits are kept where this attempt is the same one and goes on with them.
        """
        heads = {name: self._head_ahead(name) for name in stage.spec.writes}
        ahead = {name: head for name, head in heads.items() if head is not None}
        for name, head in ahead.items():
            published = self.ledger.published(name)
            if published is not None and not stage.owns(head):
                self.warehouse.restore(name, published)
        if ahead:
            self.ledger.forget_unpublished(stage.spec.name)

    def _head_ahead(self, name: str) -> Commit | None:
        """Return the newest commit of a table where nothing has published it."""
        commits = self.warehouse.commits(name, limit=1) if self.warehouse.exists(name) else []
        if not commits or commits[0].operation.startswith("CREATE"):
            return None
        return None if commits[0].holds(self.ledger.published(name)) else commits[0]

    def _causes(self, stage: Stage) -> list[str]:
        last, attempt = self.ledger.last_finished(stage.spec.name), stage.attempt
        if last is None:
            return ["never finished"]
        causes = ["--force"] if self.force else []
        causes += [f"--refit {name}" for name in sorted(attempt.refit)]
        causes += [attempt.again] if attempt.again else []
        changed = changes(last, attempt.config_digest, attempt.input_versions)
        return causes + [_CAUSES.get(name, f"changed {name}") for name in changed]

    def _attempt(self, stage: Stage, work: Work) -> None:
        started, clock = datetime.now(UTC), time.monotonic()
        error: RealSynError | None = None
        self.reporter.started(stage.spec.name)
        try:
            check_widths(stage)
            work(stage)
            stage.require_lock()
        except Exception as caught:  # every fault is recorded, then raised again as what it is
            error = self._known(caught, stage.spec.name)
            self._record(stage, started, clock, error)
            raise error from caught
        self._record(stage, started, clock, None)
        remove_folder(stage.files("work", stage.spec.name))
        self.reporter.finished(stage.spec.name, stage.funnel, time.monotonic() - clock)

    @contextlib.contextmanager
    def faults_told(self, where: str) -> Iterator[None]:
        """Turn what Spark and the system raise into errors of ours."""
        try:
            yield
        except (OSError, *SPARK_FAULTS) as error:
            raise self._known(error, where) from error

    def _known(self, error: Exception, where: str) -> RealSynError:
        written = {"the warehouse": self.warehouse.location, "its files": self.warehouse.files}
        return as_known_error(error, where, written)

    def _record(
        self, stage: Stage, started: datetime, clock: float, error: RealSynError | None
    ) -> None:
        run = StageRun(
            run_id=self.run_id,
            stage=stage.spec.name,
            config_digest=stage.attempt.config_digest,
            input_versions=stage.attempt.input_versions,
            output_versions={} if error else stage.outputs,
            started_at=started,
            took_s=time.monotonic() - clock,
            status="failed" if error else "finished",
            metrics=stage.metrics,
            error=str(error) if error else None,
        )
        if error is None:
            self.ledger.record(run, stage.funnel, _quarantined(stage))
            return
        with contextlib.suppress(Exception):  # a full disk must not hide the first fault
            self.ledger.record(run, [], None)


def _quarantined(stage: Stage) -> DataFrame | None:
    """Return the rows for quarantine; None, and no commit, where the accounting knows of none."""
    if not any(row.outcome == "quarantined" for row in stage.funnel):
        return None
    return _union(stage.quarantines)


def _union(frames: list[DataFrame]) -> DataFrame | None:
    if not frames:
        return None
    first, *rest = frames
    for frame in rest:
        first = first.unionByName(frame)
    return first

"""The control tables: which stage attempts ended, what they publish, where rows went."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql.functions import col, max_by, struct, when
from pyspark.sql.functions import max as max_of

from jobs.warehouse import Warehouse
from realsyn_lib.failpoints import reach
from realsyn_lib.stages import OWNER_OF
from realsyn_lib.tables import FUNNEL, OPT_OUT, QUARANTINE, RUNS, Table

CONTROL_TABLES = (RUNS, FUNNEL, QUARANTINE, OPT_OUT)


@dataclass(frozen=True)
class StageRun:
    """One row of ``runs``."""

    run_id: str
    stage: str
    config_digest: str
    started_at: datetime
    took_s: float
    status: str
    input_versions: dict[str, int] = field(default_factory=dict)
    output_versions: dict[str, int] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
    error: str | None = None

    @property
    def order(self) -> tuple[str, datetime]:
        """What the newest of several runs of a stage is found by."""
        return self.run_id, self.started_at


@dataclass(frozen=True)
class FunnelRow:
    """One row of ``funnel`` before it is given its run and stage."""

    entity: str
    outcome: str
    drop_reason: str | None
    row_count: int


class Ledger:
    """Reads and appends the control tables; the last finished row of a stage publishes it."""

    def __init__(
        self, warehouse: Warehouse, one_at_a_time: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self.warehouse = warehouse
        self._one_at_a_time = one_at_a_time
        self._last: dict[str, StageRun] = {}
        self._highest = ""
        self._is_read = False
        self._read_at: int | None = None

    def open(self) -> None:
        """Create the control tables where they are missing."""
        self.warehouse.create_schema()
        with self._one_at_a_time():
            missing = [table for table in CONTROL_TABLES if not self.warehouse.exists(table.name)]
            for table in missing:
                self.warehouse.create(table)
            if RUNS in missing:  # nothing to read
                self._is_read, self._read_at = True, self.warehouse.quick_version(RUNS.name)

    def next_run_id(self) -> str:
        """Return an id that sorts after those of all earlier runs, whatever the clock says."""
        self.refresh()
        self._read_once()
        number = int(self._highest.split("-")[0]) + 1 if self._highest else 1
        return f"{number:06d}-{datetime.now(UTC):%Y%m%dT%H%M%S}"

    def refresh(self) -> None:
        """Forget what was read, unless it is known that no run has ended since."""
        version = self.warehouse.quick_version(RUNS.name)
        if version is None or version != self._read_at:
            self._is_read = False

    def last_finished(self, stage: str) -> StageRun | None:
        """Return the run whose outputs of that stage are published."""
        self._read_once()
        return self._last.get(stage)

    def published(self, table: str) -> int | None:
        """Return the published version of a table, None where nothing is published yet."""
        run = self.last_finished(OWNER_OF[table])
        return run.output_versions.get(table) if run else None

    def record(self, run: StageRun, funnel: list[FunnelRow], quarantine: DataFrame | None) -> None:
        """Append a stage attempt that ended: its accounting first, the row that publishes last."""
        spark = self.warehouse.spark
        with self._one_at_a_time():
            if quarantine is not None:
                self.warehouse.append(QUARANTINE, quarantine)
            if funnel:
                counts = [
                    {"run_id": run.run_id, "stage": run.stage, **asdict(row)} for row in funnel
                ]
                self.warehouse.append(FUNNEL, few_rows(spark, FUNNEL, counts))
            reach(f"{run.stage}.before_runs_row")
            before = self.warehouse.quick_version(RUNS.name)
            row = {name: getattr(run, name) for name in RUNS.names}
            self.warehouse.append(RUNS, few_rows(spark, RUNS, [row]))
            self._remember(run, before)

    def _remember(self, run: StageRun, before: int | None) -> None:
        """Know the appended row without reading it, where no other run has ended in between."""
        after = self.warehouse.quick_version(RUNS.name)
        if not self._is_read or before is None or before != self._read_at or after != before + 1:
            self._is_read = False
            return
        self._read_at = after
        self._highest = max(self._highest, run.run_id)
        known = self._last.get(run.stage)
        if run.status == "finished" and (known is None or known.order < run.order):
            self._last[run.stage] = run

    def forget_unpublished(self, stage: str) -> None:
        """Delete accounting rows of attempts of a stage that died before their ``runs`` row."""
        ended = [row.run_id for row in self._rows_of(stage).select("run_id").distinct().collect()]
        dead = (col("stage") == stage) & ~col("run_id").isin(ended)
        with self._one_at_a_time():
            for table in (FUNNEL, QUARANTINE):
                self.warehouse.handle(table.name).delete(dead)

    def _rows_of(self, stage: str) -> DataFrame:
        return self.warehouse.read(RUNS).where(col("stage") == stage)

    def _read_once(self) -> None:
        """Read the newest finished run of each stage, and the highest run_id, unless known."""
        if self._is_read:
            return
        self._is_read = True
        if not self.warehouse.exists(RUNS.name):  # a warehouse that only a plan is made for
            return
        self._read_at = self.warehouse.quick_version(RUNS.name)
        finished = when(col("status") == "finished", struct("run_id", "started_at"))
        newest = (
            self.warehouse.read(RUNS)
            .groupBy("stage")
            .agg(
                max_by(struct(*RUNS.names), finished).alias("run"),
                max_of("run_id").alias("highest"),
            )
        )
        rows = newest.collect()
        runs = [stage_run(row.run) for row in rows if row.run is not None]
        self._last = {run.stage: run for run in runs}
        self._highest = max((row.highest for row in rows), default="")


def few_rows(spark: SparkSession, table: Table, rows: list[dict[str, Any]]) -> DataFrame:
    """Return a few rows as a frame that needs no Python worker: Arrow becomes a local relation."""
    return spark.createDataFrame(pa.Table.from_pylist(rows, table.arrow_schema()))


def stage_run(row: Row) -> StageRun:
    """Return a row of ``runs`` with its time in UTC: ``collect`` gives local time without zone."""
    values = row.asDict()
    return StageRun(**{**values, "started_at": values["started_at"].astimezone(UTC)})

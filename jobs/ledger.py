"""The control tables: which stage attempts ended, what they publish, where rows went."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pyspark.sql import DataFrame
from pyspark.sql.functions import col, max_by, struct, when
from pyspark.sql.functions import max as max_of

from jobs.warehouse import Warehouse
from realsyn_lib.stages import OWNER_OF
from realsyn_lib.tables import FUNNEL, OPT_OUT, QUARANTINE, RUNS

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
        with self._one_at_a_time():
            for table in CONTROL_TABLES:
                if not self.warehouse.exists(table.name):
                    self.warehouse.create(table)

    def next_run_id(self) -> str:
        """Return an id that sorts after those of all earlier runs, whatever the clock says."""
        self._reread()
        number = int(self._highest.split("-")[0]) + 1 if self._highest else 1
        return f"{number:06d}-{datetime.now(UTC):%Y%m%dT%H%M%S}"

    def refresh(self) -> None:
        """Forget what was read, unless it is known that no run has ended since."""
        version = self.warehouse.quick_version(RUNS.name)
        if version is None or version != self._read_at:
            self._is_read = False

    def last_finished(self, stage: str) -> StageRun | None:
        """Return the run whose outputs of that stage are published."""
        if not self._is_read:
            self._reread()
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
                rows = [
                    (run.run_id, run.stage, row.entity, row.outcome, row.drop_reason, row.row_count)
                    for row in funnel
                ]
                frame = spark.createDataFrame(rows, FUNNEL.schema_of()).coalesce(1)
                self.warehouse.append(FUNNEL, frame)
            values = [tuple(getattr(run, name) for name in RUNS.names)]
            self.warehouse.append(RUNS, spark.createDataFrame(values, RUNS.schema_of()).coalesce(1))
        self.refresh()

    def forget_unpublished(self, stage: str) -> None:
        """Delete accounting rows of attempts of a stage that died before their ``runs`` row."""
        ended = [row.run_id for row in self._rows_of(stage).select("run_id").distinct().collect()]
        dead = (col("stage") == stage) & ~col("run_id").isin(ended)
        with self._one_at_a_time():
            for table in (FUNNEL, QUARANTINE):
                self.warehouse.handle(table.name).delete(dead)

    def _rows_of(self, stage: str) -> DataFrame:
        return self.warehouse.read(RUNS).where(col("stage") == stage)

    def _reread(self) -> None:
        """Read ``runs`` once: the newest finished run of each stage, and the highest run_id."""
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
        runs = [StageRun(**row.run.asDict()) for row in rows if row.run is not None]
        self._last = {run.stage: run for run in runs}
        self._highest = max((row.highest for row in rows), default="")

"""One stage of the line on Delta tables that a benchmark has made."""

import io
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from side_by_side import core_seconds

from realsyn_lib.stages import OWNER_OF, stage_named
from realsyn_lib.tables import Table


@dataclass(frozen=True)
class Cost:
    """Wall and core-seconds of one run of the stage."""

    wall_s: float
    core_s: float


class Line:
    """A warehouse whose one stage reads tables that a benchmark publishes.

    ``name``: the stage. The last of ``tables`` is what it writes, the others are published in turn.
    """

    def __init__(self, spark: Any, config: Any, folder: Path, name: str, *tables: Table) -> None:
        from jobs.inputs import InputSpec
        from jobs.progress import Reporter
        from jobs.runner import Runner
        from jobs.warehouse import Warehouse

        *self._inputs, self._output = tables
        self._spec = stage_named(name)
        self._place = folder / "warehouse"

        def runner(force: bool) -> Runner:
            made = Runner(
                config, Warehouse(spark, str(self._place)), InputSpec(), None,
                Reporter(spark, 1, io.StringIO()), lambda *_: {"encoder": "made", "generator": "made"}, force,
            )  # fmt: skip
            made.begin()
            return made

        self._runner = runner

    def publish(self, files: tuple[Path | None, ...]) -> None:
        """Append rows to the tables that the stage reads, as a finished run of their stages.

        None: the table stays at its version.
        """
        from jobs.ledger import StageRun

        runner = self._runner(force=False)
        warehouse = runner.warehouse
        versions: dict[str, dict[str, int]] = {}
        for table, file in zip(self._inputs, files, strict=True):
            warehouse.create(table)
            if file is not None:
                warehouse.append(table, warehouse.spark.read.parquet(str(file)))
            version = warehouse.commits(table.name, limit=1)[0].version
            versions.setdefault(OWNER_OF[table.name], {})[table.name] = version
        for owner, written in versions.items():
            run = StageRun(
                runner.run_id, owner, "made", datetime.now(UTC), 0.0, "finished",
                output_versions=written,
            )  # fmt: skip
            runner.ledger.record(run, [], None)

    def run(self, force: bool = False) -> Cost:
        """Run the stage."""
        from jobs.plan import work_of

        runner = self._runner(force)
        started, used = time.perf_counter(), core_seconds(os.getpid())
        assert runner.run(self._spec, work_of(self._spec), {})
        return Cost(time.perf_counter() - started, core_seconds(os.getpid()) - used)

    def warehouse(self) -> Any:
        """Return the warehouse, to be read."""
        return self._runner(force=False).warehouse

    def metrics(self) -> dict[str, float]:
        """Return what the last finished run of the stage measured."""
        last = self._runner(force=False).ledger.last_finished(self._spec.name)
        return dict(last.metrics) if last else {}

    def table(self, *order: str) -> pa.Table:
        """Return what the stage has published, in order."""
        found = self.warehouse().read(self._output).toArrow()
        return found.sort_by([(name, "ascending") for name in order])


def filled_rows(table: Table, columns: dict[str, Any], rows: int) -> pa.Table:
    """Return rows of a table: null or zero where nothing is given."""
    schema = table.arrow_schema()
    found = []
    for column in table.columns:
        kind = schema.field(column.name).type
        if column.name in columns:
            found.append(columns[column.name].cast(kind))
        elif column.nullable:
            found.append(pa.nulls(rows, kind))
        else:
            zero = "" if pa.types.is_string(kind) else 0
            found.append(pa.repeat(pa.scalar(zero, kind), rows))
    return pa.Table.from_arrays(found, schema=schema)

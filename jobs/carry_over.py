"""Rows that the last run computed already stay as they are; only new ones are computed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from pyspark.sql import DataFrame
from pyspark.sql.functions import col

from jobs.faults import unless_gone
from jobs.past_tables import past_reader
from jobs.row_work import Read, RowWork, carried, differences
from jobs.stage import Change, Stage
from realsyn_lib.tables import Table

_COMPUTED = "computed_rows"
PastOf = Callable[[Stage], Read | None]


def write_rows(
    stage: Stage, table: Table, work: RowWork, past_of: PastOf = past_reader
) -> DataFrame:
    """Fill a bucketed table; where the last run can be gone on with, compute only what is new.

    ``past_of`` returns how its tables are read, or None where it cannot. The metrics tell how many
    rows were computed, and how many were carried over.
    """
    past = _past(stage, table, work, past_of(stage))
    committed = stage.write_buckets(table, past.change if past else partial(_whole, work))
    rows = float(sum(stage.outcomes(table).values()))
    computed = stage.metrics.get(_COMPUTED, 0.0) if past else rows
    stage.metrics |= {_COMPUTED: computed, "carried_rows": rows - computed}
    return committed


def _whole(work: RowWork, bucket: int) -> DataFrame:
    return work.compute(bucket, work.wanted(bucket))


def _past(stage: Stage, table: Table, work: RowWork, read: Read | None) -> _Past | None:
    """Open what the last run read and wrote; None where its rows must not, or cannot, be used."""
    if read is None:
        return None
    return unless_gone(lambda: _Past(stage, table, work, work.known(read), read(table)))


@dataclass(frozen=True)
class _Past:
    """What the last run left of the rows of a table."""

    stage: Stage
    table: Table
    work: RowWork
    known: DataFrame
    published: DataFrame

    def change(self, bucket: int) -> Change:
        """Say what becomes of a bucket, and count what must be computed for it."""
        work, key = self.work, self.table.key[0]
        differing = self._differences(bucket)
        if differing is None:
            rows = work.wanted(bucket)
            self._count(rows.count())
            return Change(work.compute(bucket, rows))
        counts = {
            row["change"]: row["count"] for row in differing.groupBy("change").count().collect()
        }
        fresh = differing.where(col("change").isin("new", "changed")).drop("change")
        computed = self._count(counts.get("new", 0) + counts.get("changed", 0))
        if not counts:
            return Change()
        if counts.keys() == {"new"}:
            return Change(work.compute(bucket, fresh), is_added=True)
        stays = carried(self._of(self.published, bucket), differing, key, work.told).drop("bucket")
        return Change(stays.unionByName(work.compute(bucket, fresh)) if computed else stays)

    def _differences(self, bucket: int) -> DataFrame | None:
        """Compare a bucket with the last run; None where files of that version are gone."""
        wanted, known = self.work.wanted(bucket), self._of(self.known, bucket)
        found = differences(wanted, known, self.table.key[0], self.work)
        return unless_gone(lambda: self.stage.scratch("differences", found))

    def _of(self, frame: DataFrame, bucket: int) -> DataFrame:
        return self.stage.of_bucket(frame, bucket, self.table.key[0])

    def _count(self, rows: int) -> int:
        """Add to the rows computed; each commit keeps the sum, for an attempt that is resumed."""
        computed = self.stage.metrics.get(_COMPUTED, 0.0)
        self.stage.metrics[_COMPUTED] = computed + rows
        return rows

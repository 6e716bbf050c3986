"""Rows that the last run computed already stay as they are; only new ones are computed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame
from pyspark.sql.functions import col

from jobs.faults import lacks_a_file
from jobs.ledger import StageRun
from jobs.row_work import RowWork, carried, differences
from jobs.stage import Change, Stage
from jobs.staleness import changes
from realsyn_lib.errors import ContractError
from realsyn_lib.tables import Table

_COMPUTED = "computed_rows"


def write_rows(stage: Stage, table: Table, work: RowWork) -> DataFrame:
    """Fill a bucketed table; where the last run can be gone on with, compute only what is new.

    The metrics tell how many rows were computed, and how many were carried over.
    """
    past = _past(stage, table, work)
    committed = stage.write_buckets(table, past.change if past else partial(_whole, work))
    rows = float(sum(stage.outcomes(table).values()))
    computed = stage.metrics.get(_COMPUTED, 0.0) if past else rows
    stage.metrics |= {_COMPUTED: computed, "carried_rows": rows - computed}
    return committed


def _whole(work: RowWork, bucket: int) -> DataFrame:
    return work.compute(bucket, work.wanted(bucket))


def _past(stage: Stage, table: Table, work: RowWork) -> _Past | None:
    """Open what the last run read and wrote; None where its rows must not, or cannot, be used."""
    last = stage.ledger.last_finished(stage.spec.name)
    if last is None or not may_go_on(stage, last):
        return None
    versions = last.input_versions | last.output_versions

    def read(past: Table) -> DataFrame:
        return stage.warehouse.read(past, versions[past.name])

    try:
        return _Past(stage, table, work, work.known(read), read(table))
    except ContractError:  # the log no longer tells of that version
        return None


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
        try:
            return self.stage.scratch("differences", found)
        except (Py4JError, PySparkException) as error:
            if not lacks_a_file(error):
                raise
            return None

    def _of(self, frame: DataFrame, bucket: int) -> DataFrame:
        return self.stage.of_bucket(frame, bucket, self.table.key[0])

    def _count(self, rows: int) -> int:
        """Add to the rows computed; each commit keeps the sum, for an attempt that is resumed."""
        computed = self.stage.metrics.get(_COMPUTED, 0.0)
        self.stage.metrics[_COMPUTED] = computed + rows
        return rows

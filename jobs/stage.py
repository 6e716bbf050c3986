"""What a job sees: its settings, its inputs at their published versions, its outputs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import col, lit, pmod

from jobs.accounting import check_gate, count_outcomes, count_unique, funnel_rows
from jobs.attempt import Attempt
from jobs.commits import Commit
from jobs.inputs import InputFiles, InputSpec
from jobs.ledger import FunnelRow, Ledger
from jobs.metric_digest import digest_as_float
from jobs.other_sentences import home_of
from jobs.stage_settings import StageSettings
from jobs.warehouse import Warehouse
from realsyn_lib.config import Config
from realsyn_lib.errors import ContractError, SettingError
from realsyn_lib.failpoints import reach
from realsyn_lib.files import is_file
from realsyn_lib.reasons import QUARANTINED
from realsyn_lib.stages import OWNER_OF, StageSpec
from realsyn_lib.tables import TABLES_BY_NAME, Table
from realsyn_lib.text_table import one_line

_TELLING = ("source", "locator", "url", "raw_url", "text", "detail")  # columns that a person knows
Progress = Callable[[str], None]


@dataclass
class Stage:
    """One stage attempt. Jobs read, transform and write through it."""

    spec: StageSpec
    config: Config
    spark: SparkSession
    warehouse: Warehouse
    ledger: Ledger
    attempt: Attempt
    inputs: InputSpec
    listing: InputFiles | None
    models: Mapping[str, str]
    progress: Progress = lambda _text: None
    require_lock: Callable[[], None] = lambda: None
    other_sentences: Ledger | None = None
    outputs: dict[str, int] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
    funnel: list[FunnelRow] = field(default_factory=list)
    quarantines: list[DataFrame] = field(default_factory=list)
    _outcomes: dict[str, dict[str | None, int]] = field(default_factory=dict)

    @property
    def conf(self) -> StageSettings:
        """The settings this stage declared."""
        return StageSettings(self.config, self.spec)

    def read(self, table: Table) -> DataFrame:
        """Read a declared input at the version this attempt was started for."""
        if table.name not in self.attempt.input_versions:
            raise ContractError(
                f"{self.spec.name} reads {table.name}, which its StageSpec does not name as an input"
            )
        self._check_buckets(table)
        reach(f"{self.spec.name}.before_read")
        return self.home_of(table.name).warehouse.read(
            table, self.attempt.input_versions[table.name]
        )

    def home_of(self, table: str) -> Ledger:
        """Return the ledger that publishes a table: of this warehouse, or of that of the sentences."""
        return home_of(table, self.ledger, self.other_sentences)

    def committed(self, table: Table) -> DataFrame:
        """Read what this attempt has committed."""
        return self.warehouse.read(table, self.outputs[table.name])

    def kept(self, table: Table) -> DataFrame:
        """Read the rows of an input that no rule dropped."""
        return self.read(table).where(col("drop_reason").isNull())

    def frozen(self, table: Table, fitted_by: object) -> DataFrame | None:
        """Return a table that an earlier run fitted with the same settings, to be used again.

        None: it must be fitted now (first run, other settings, or --refit). Where it is used
        again its published version stays.
        """
        digest = digest_as_float(fitted_by)
        key = f"frozen.{table.name}"
        self.metrics[key] = digest
        last = self.ledger.last_finished(self.spec.name)
        if last is None or table.name in self.attempt.refit or last.metrics.get(key) != digest:
            return None
        self.outputs[table.name] = last.output_versions[table.name]
        return self.committed(table)

    def frozen_figure(self, name: str, fitted_by: object, fit: Callable[[], float]) -> float:
        """Return a figure fitted once on the corpus, kept in the metrics of the finished run.

        ``name`` is ``artefact`` or ``artefact.part``; ``--refit`` names the artefact.
        """
        digest, key = digest_as_float(fitted_by), f"frozen.{name}"
        last = self.ledger.last_finished(self.spec.name)
        is_kept = name.partition(".")[0] not in self.attempt.refit
        known = last is not None and is_kept and last.metrics.get(key) == digest
        value = last.metrics[name] if known and last is not None else fit()
        self.metrics |= {key: digest, name: value}
        return value

    def write(self, table: Table, build: Callable[[], DataFrame | Change]) -> DataFrame:
        """Replace a table in one commit, unless this attempt has done so; return what is there.

        ``build`` may return what is to change of the rows that are published, as in
        ``write_buckets``.
        """
        done = self._done(table)
        if None not in done.parts:
            self.progress(f"writing {table.name}")
            self._change(table, build(), None, done)
        return self._finish(table)

    def write_buckets(self, table: Table, build: Callable[[int], DataFrame | Change]) -> DataFrame:
        """Fill a bucketed table, one commit for each bucket this attempt has not done yet.

        ``build`` returns the rows of one bucket, without the column ``bucket``, or what is to
        change of those that are published; where that is nothing, there is no commit.
        """
        done = self._done(table)
        count = self.config.buckets.count
        self.metrics["buckets"] = float(count)
        for bucket in range(count):
            if str(bucket) not in done.parts:
                self.progress(f"writing {table.name}, bucket {bucket + 1} of {count}")
                self._change(table, build(bucket), bucket, done)
        return self._finish(table)

    def _check_buckets(self, table: Table) -> None:
        """A stage that works by bucket would miss rows of an input in other buckets."""
        if not table.bucketed or "buckets" not in self.spec.settings:
            return
        owner, count = OWNER_OF[table.name], self.config.buckets.count
        run = self.ledger.last_finished(owner)
        written = run.metrics.get("buckets", count) if run else count
        if written != count:
            raise SettingError(
                f"buckets.count is {count}, but {table.name}, which {self.spec.name} reads, was "
                f"written in {written:.0f}; set buckets.count={written:.0f}, or run with --from "
                f"{owner}"
            )

    def of_bucket(self, frame: DataFrame, bucket: int, key: str) -> DataFrame:
        """Return the rows of one bucket; free where the frame is a bucketed table."""
        count = self.config.buckets.count
        if "bucket" in frame.columns:
            return frame.where(col("bucket") == bucket)
        return frame.where(pmod(col(key), lit(count)) == bucket) if count > 1 else frame

    def scratch(self, name: str, frame: DataFrame) -> DataFrame:
        """Evaluate a frame once into a working file that later steps of this stage read."""
        self.progress(f"working out {name}")
        place = self.files("work", self.spec.name, name)
        frame.write.mode("overwrite").parquet(place)
        return self._written(place, frame)

    def resumable(
        self, name: str, ddl: str, build: Callable[[], DataFrame], key: str | None = None
    ) -> DataFrame:
        """Return a working file of ``ddl``; a killed attempt that had written it finds it again.

        With a ``key`` it is laid out by ``bucket``, a column beside those of ``ddl``.
        """
        place = self.files("work", self.spec.name, f"{name}-{self.attempt_digest()}")
        if not is_file(f"{place}/_SUCCESS"):
            self.progress(f"working out {name}")
            if key is None:
                build().write.mode("overwrite").parquet(place)
            else:
                self._lay_out(build(), key, place)
        ddl = ddl if key is None else f"{ddl}, bucket int"
        reader = self.spark.read.schema(ddl).option("__globPaths__", "false")
        return reader.parquet(place)

    def by_bucket(
        self, name: str, build: Callable[[], DataFrame], key: str
    ) -> Callable[[int], DataFrame]:
        """Return the rows of a frame bucket by bucket, worked out once for all buckets.

        With one bucket nothing is stored in between: the frame is evaluated where it is used.
        """
        count = self.config.buckets.count
        if count == 1:
            whole = build()
            return lambda _bucket: whole
        stored = self.in_buckets(name, build(), key)
        return lambda bucket: stored.where(col("bucket") == bucket).drop("bucket")

    def in_buckets(self, name: str, frame: DataFrame, key: str) -> DataFrame:
        """Evaluate a frame once into a working file with the column ``bucket``, laid out by it."""
        self.progress(f"working out {name}")
        place = self.files("work", self.spec.name, name)
        return self._written(place, self._lay_out(frame, key, place))

    def _lay_out(self, frame: DataFrame, key: str, place: str) -> DataFrame:
        """Write a frame with the column ``bucket``, by which its files lie; return it so."""
        count = self.config.buckets.count
        dealt = frame.withColumn("bucket", pmod(col(key), lit(count)).cast("int"))
        laid = dealt.repartition("bucket") if count > 1 else dealt
        laid.write.mode("overwrite").partitionBy("bucket").parquet(place)
        return dealt

    def _written(self, place: str, frame: DataFrame) -> DataFrame:
        """Read a working file; a warehouse's path may hold letters that Spark takes for patterns."""
        reader = self.spark.read.schema(frame.schema).option("__globPaths__", "false")
        return reader.parquet(place)

    def account(
        self, entity: str, rows_in: int, outcomes: Mapping[str | None, int],
        table: Table | None = None,
    ) -> None:  # fmt: skip
        """State where the rows of an entity went, before anything is published.

        Raises:
            RealSynError: rows in are not rows out.
            GateError: nothing was kept, or too much went to quarantine.
        """
        rows = funnel_rows(self.spec.name, entity, rows_in, outcomes)
        share = self.config.checks.max_quarantine_share
        check_gate(self.spec.name, rows, share, lambda reason: self._example(table, reason))
        self.funnel += rows

    def account_table(self, entity: str, rows_in: int, table: Table) -> None:
        """Account for an entity by the drop reasons of a table this attempt has committed."""
        self.account(entity, rows_in, self.outcomes(table), table)

    def outcomes(self, table: Table) -> dict[str | None, int]:
        """Count the rows of a table this attempt has committed by their drop reasons."""
        counted = self._outcomes.get(table.name)  # known where its keys were proven
        return count_outcomes(self.committed(table), table) if counted is None else counted

    def _example(self, table: Table | None, reason: str) -> str:
        """Tell one row of a committed table that has a reason."""
        if table is None or "drop_reason" not in table.names:
            return ""
        shown = [name for name in _TELLING if name in table.names]
        rows = self.committed(table).where(col("drop_reason") == reason)
        row = rows.orderBy(*table.key).select(*table.key, *shown).limit(1).collect()[0]
        facts = (f"{name} {row[name]}" for name in shown if row[name])
        return f", for example {one_line(', '.join(facts), 200)}" if shown else ""

    def quarantine(self, rows: DataFrame, source: object, locator: object) -> None:
        """Copy the quarantined rows of a committed frame to quarantine.

        Args:
            rows: drop_reason, and detail where the table has one.
            source: column: the table or file that the row came from.
            locator: column: its place there.
        """
        detail = col("detail") if "detail" in rows.columns else lit(None).cast("string")
        bad = rows.where(col("drop_reason").isin(*QUARANTINED))
        self.quarantines.append(
            bad.select(
                lit(self.attempt.run_id).alias("run_id"),
                lit(self.spec.name).alias("stage"),
                source.cast("string").alias("source"),  # type: ignore[attr-defined]
                locator.cast("string").alias("locator"),  # type: ignore[attr-defined]
                col("drop_reason").alias("reason"),
                detail.alias("detail"),
            )
        )

    def files(self, *parts: str) -> str:
        """Return a path or URI below the warehouse's files."""
        return "/".join((self.warehouse.files, *parts))

    def _done(self, table: Table) -> _Done:
        """Find which parts of a table this attempt has committed already."""
        if not self.warehouse.exists(table.name):
            self.warehouse.create(table)
        parts: set[str | None] = set()
        for commit in self.warehouse.commits(table.name):
            if not self.owns(commit):
                is_new = commit.operation.startswith("CREATE")
                return _Done(frozenset(parts), commit.version, is_new)
            parts.add(commit.user_metadata.get("bucket"))
            self.metrics = json.loads(commit.user_metadata.get("metrics", "{}")) | self.metrics
        return _Done(frozenset(parts), -1, False)

    def owns(self, commit: Commit) -> bool:
        """Say whether a commit is of this very attempt, killed earlier and to be resumed."""
        return commit.user_metadata.get("attempt") == self._token()

    def attempt_digest(self) -> str:
        """Return 13 hex digits of the identity by which a killed attempt is resumed."""
        return hashlib.sha256(self._token().encode()).hexdigest()[:13]

    def _token(self) -> str:
        """Resuming must not take an older finished attempt with equal inputs for its own."""
        last = self.ledger.last_finished(self.spec.name)
        return f"{self.attempt.token}/{last.run_id if last else 'first'}"

    def _commit(self, table: Table, frame: DataFrame, bucket: int | None, done: _Done) -> None:
        """Commit one part; the first of an attempt replaces all that the table held."""
        note, transaction = self._note(bucket), self._transaction(table, bucket, done)
        if done.is_new:  # a lock lets nobody else commit; without one Delta must tell it
            locked = self.warehouse.lock_folder is not None
            self.warehouse.append(table, frame, note, None if locked else transaction)
            return
        where = f"bucket = {bucket}" if done.parts or bucket else None
        self.warehouse.overwrite(table, frame, where, transaction, note)

    def _change(
        self, table: Table, change: DataFrame | Change, bucket: int | None, done: _Done
    ) -> None:  # fmt: skip
        """Commit the rows of a part, or what is to change of them; other parts stay then."""
        self.require_lock()
        if isinstance(change, DataFrame):
            self._commit(table, _in_bucket(change, bucket), bucket, done)
        elif change.rows is not None:
            self._commit_change(table, change, _in_bucket(change.rows, bucket), bucket, done)
        reach(f"{table.name}.committed")

    def _commit_change(
        self, table: Table, change: Change, rows: DataFrame, bucket: int | None, done: _Done
    ) -> None:  # fmt: skip
        """Commit what is to change of the rows of a part."""
        note, transaction = self._note(bucket), self._transaction(table, bucket, done)
        if change.is_added:
            self.warehouse.append(table, rows, note, transaction)
        else:
            where = None if bucket is None else f"bucket = {bucket}"
            self.warehouse.overwrite(table, rows, where, transaction, note)

    def _note(self, bucket: int | None) -> dict[str, str]:
        """Whose commit it is, and the metrics so far: a resumed attempt does not build it again."""
        note = {"attempt": self._token(), "run_id": self.attempt.run_id}
        note["metrics"] = json.dumps(self.metrics, sort_keys=True)
        return note if bucket is None else note | {"bucket": str(bucket)}

    def _transaction(self, table: Table, bucket: int | None, done: _Done) -> tuple[str, int]:
        return f"{table.name}/{self._token()}/{done.base}", bucket or 0

    def _finish(self, table: Table) -> DataFrame:
        head = self.warehouse.commits(table.name, limit=1)[0]
        known = self.ledger.published(table.name)
        self.outputs[table.name] = (
            known if known is not None and head.spans(known) else head.version
        )
        frame = self.committed(table)
        if self.config.checks.unique_keys:
            self._outcomes[table.name] = count_unique(frame, table, self.spec.name)
        return frame


@dataclass(frozen=True)
class Change:
    """What becomes of a table, or a bucket, that an earlier run published.

    ``rows``: those that come in the place of all that it holds, or beside them where
    ``is_added``; None: it stays as it is.
    """

    rows: DataFrame | None = None
    is_added: bool = False


@dataclass(frozen=True)
class _Done:
    """Parts of a table an attempt has committed, and the version it started from.

    ``is_new``: that version made the table, so there is nothing to replace or to look for.
    """

    parts: frozenset[str | None]
    base: int
    is_new: bool


def _in_bucket(rows: DataFrame, bucket: int | None) -> DataFrame:
    return rows if bucket is None else rows.withColumn("bucket", lit(bucket))


def missing_input(stage: str, table: str) -> ContractError:
    """Return the error for an input that nothing has published yet."""
    return ContractError(
        f"{stage} reads {TABLES_BY_NAME[table].name}, but nothing of it is published in this "
        f"warehouse; run with --from {OWNER_OF[table]}"
    )

"""One writer for each stage where the tables lie in a catalog or an object store.

A lock is a row of the Delta table ``locks``. Its holder gives a sign of life twice a minute; one that
gave none for five minutes may be taken over, one whose process is seen to be dead at once. Delta lets
only one of two commits to a row succeed, so two runs never both take it. Amazon's S3 alone does not keep
two drivers from writing one version: there a lock is looked at again after a while, and a run whose
commit was overwritten finds another's token.
"""

import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from typing import Any

import pyarrow as pa
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import Row
from pyspark.sql.functions import col

from jobs.delta_conflicts import REFUSED, ROWS_CHANGED, tells_of
from jobs.locks import held_by
from jobs.processes import are_known_dead, identity_of
from jobs.session import is_on_s3
from jobs.warehouse import Warehouse
from realsyn_lib.errors import LockedError
from realsyn_lib.tables import LOCKS

BEAT_S = 30.0
STALE_S = 300.0
_SETTLE_S = 5.0  # until a rival's commit has landed that S3 did not refuse
_TOLD = ("run_id", "host", "driver_pid")
_TRIES = 5  # another run was quicker: the next look tells whether it took the lock
_SEEN = LOCKS.arrow_schema().append(pa.field("seen_token", pa.string()))
_SEEN = _SEEN.append(pa.field("seen_micros", pa.int64()))
# A row is still as it was seen; one that was not there then is another's.
_UNCHANGED = "old.token <=> new.seen_token AND unix_micros(old.beat_at) = new.seen_micros"


@contextmanager
def table_locks(
    warehouse: Warehouse, stages: Sequence[str], holder: dict[str, Any], beat_s: float = BEAT_S
) -> Iterator["RowLocks"]:
    """Hold the locks of those stages that no other run holds.

    Args:
        warehouse: where the table is.
        stages: their names.
        holder: run_id, host, driver_pid and jvm_pid of this run, told to those who must wait.
        beat_s: seconds between signs of life.
    """
    if not warehouse.exists(LOCKS.name):
        warehouse.create(LOCKS)
    locks = RowLocks(warehouse, holder)
    locks.acquire(stages)
    ended = Event()
    heart = Thread(target=locks.beat_until, args=(ended, beat_s), daemon=True)
    heart.start()
    try:
        yield locks
    finally:
        ended.set()
        heart.join()
        locks.release()


def table_holders(warehouse: Warehouse) -> dict[str, dict[str, Any]]:
    """Return who holds the lock of each stage that is being written."""
    if not warehouse.exists(LOCKS.name):
        return {}
    rows = warehouse.read(LOCKS).where(col("token").isNotNull()).collect()
    return {row.stage: _told(row) for row in rows if _is_held(row)}


@dataclass
class RowLocks:
    """Rows of the table, and the token by which this run knows them as its own.

    Attributes:
        held: the stages whose lock it holds.
        refusals: who holds each of the others.
    """

    warehouse: Warehouse
    holder: dict[str, Any]
    token: str = field(default_factory=lambda: uuid.uuid4().hex)
    held: frozenset[str] = frozenset()
    refusals: list[str] = field(default_factory=list)

    def acquire(self, stages: Sequence[str]) -> None:
        """Write this run into the rows that are free, if they are still as they were seen."""
        for attempt in range(1, _TRIES + 1):
            rows = self._rows()
            free = [name for name in stages if name not in rows or not _is_held(rows[name])]
            if not free:  # what was not written needs no second look
                break
            try:
                self._replace(free, rows)
            except REFUSED as error:
                if attempt == _TRIES or not tells_of(error, ROWS_CHANGED):
                    raise
            else:
                rows = self._settled_rows()
                break
        mine = {name for name in stages if name in rows and rows[name].token == self.token}
        others = (name for name in stages if name not in mine)
        self.held = frozenset(mine)
        self.refusals = [held_by(name, _told(rows.get(name))) for name in others]

    def beat_until(self, ended: Event, beat_s: float) -> None:
        """Give signs of life until this run has ended; where it lost its lock they change nothing."""
        while not ended.wait(beat_s):
            with suppress(PySparkException, Py4JError):  # the store may answer the next one
                self._update({"beat_at": f"timestamp_micros({_micros(datetime.now(UTC))})"})

    def require(self) -> None:
        """Raise where another run has taken a lock over.

        Raises:
            LockedError: it was lost.
        """
        rows = self._rows()
        lost = sorted(name for name in self.held if rows[name].token != self.token)
        if lost:
            raise LockedError(
                f"{lost[0]}: its lock was lost to another run after {STALE_S / 60:.0f} minutes "
                "without a sign of life; nothing was published, give the same command again later"
            )

    def release(self) -> None:
        """Leave the rows to the next run, unless another has taken them.

        Where the store does not answer, what the stage has published stands, and the lock ages.
        """
        with suppress(PySparkException, Py4JError):
            self._update({"token": "CAST(null AS string)"})

    def _replace(self, stages: list[str], seen: dict[str, Row]) -> None:
        process = identity_of(self.holder.get("driver_pid"), self.holder.get("jvm_pid"))
        told = {name: self.holder.get(name) for name in _TOLD}
        told |= {"token": self.token, "process": process, "beat_at": datetime.now(UTC)}
        rows = [{"stage": name, **told, **_as_seen(seen.get(name))} for name in stages]
        new = self.warehouse.spark.createDataFrame(pa.Table.from_pylist(rows, _SEEN))
        values: dict[str, Any] = {name: f"new.{name}" for name in LOCKS.names}
        old = self.warehouse.handle(LOCKS.name).alias("old")
        merge = old.merge(new.alias("new"), f"old.stage = new.stage AND old.{_in(stages)}")
        merge.whenMatchedUpdate(_UNCHANGED, values).whenNotMatchedInsert(values=values).execute()

    def _update(self, values: dict[str, Any]) -> None:
        if self.held:
            mine = f"{_in(sorted(self.held))} AND token = '{self.token}'"
            self.warehouse.handle(LOCKS.name).update(mine, values)

    def _settled_rows(self) -> dict[str, Row]:
        if is_on_s3(self.warehouse.location):
            time.sleep(_SETTLE_S)
        return self._rows()

    def _rows(self) -> dict[str, Row]:
        return {row.stage: row for row in self.warehouse.read(LOCKS).collect()}


def _in(stages: list[str]) -> str:
    """Condition on the partition: commits to the rows of other stages are no conflict."""
    return f"stage IN ({', '.join(map(repr, stages))})"


def _as_seen(row: Row | None) -> dict[str, Any]:
    return {"seen_token": row.token, "seen_micros": _micros(row.beat_at)} if row else {}


def _is_held(row: Row) -> bool:
    """Say whether the holder of a row may be alive."""
    if row.token is None or are_known_dead(row.process):
        return False
    return bool(datetime.now(UTC) - row.beat_at.astimezone(UTC) < timedelta(seconds=STALE_S))


def _told(row: Row | None) -> dict[str, Any]:
    if row is None:
        return {}
    beat = f"{row.beat_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    return {name: row[name] for name in _TOLD if row[name] is not None} | {"last_seen": beat}


def _micros(time: datetime) -> int:
    return round(time.timestamp() * 10**6)

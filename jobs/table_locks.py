"""One writer for each stage where no OS lock can be had: claims and heartbeats in the table ``locks``.

Delta orders commits: a claim holds when the version before its own commit shows no other that lives.
Amazon's S3 alone does not keep two drivers from writing one version, so there a claim is looked for
again after a while: the one that was overwritten finds itself missing. Clocks of machines that share
a warehouse must agree within minutes.
"""

import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql.functions import col, max_by
from pyspark.sql.functions import max as max_of

from jobs.ledger import few_rows
from jobs.locks import held_by_another
from jobs.warehouse import Warehouse
from realsyn_lib.errors import LockedError
from realsyn_lib.tables import LOCKS

_OLD_ROWS = 200  # of a stage: more are removed when it is claimed


@dataclass(frozen=True)
class Timing:
    """Seconds between two signs of life, until a silent holder is taken for dead, and to settle.

    To settle is to let the commit of a rival land that S3 did not refuse.
    """

    beat_s: float = 30.0
    stale_s: float = 300.0
    settle_s: float = 5.0


@contextmanager
def table_lock(
    warehouse: Warehouse, stage: str, holder: dict[str, Any], timing: Timing | None = None
) -> Iterator[Callable[[], None]]:
    """Hold a stage, and say so from time to time.

    Gives a function that raises LockedError once this run may have been taken for dead: what it
    has not committed by then it must not commit.

    Raises:
        LockedError: another run holds it; the message names it.
    """
    timing = timing or Timing()
    if not warehouse.exists(LOCKS.name):
        warehouse.create(LOCKS)
    _refuse_if_held(warehouse, stage, timing, None)
    claim = _Claim(warehouse, stage, holder)
    claim.append()
    try:
        _refuse_if_held(warehouse, stage, timing, _version_of(claim, timing) - 1)
        _remove_old(claim)
        with _heartbeat(claim, timing) as require:
            yield require
    finally:
        claim.append(is_released=True)


def claims_alive(warehouse: Warehouse, timing: Timing | None = None) -> dict[str, dict[str, Any]]:
    """Return who holds each stage that is being written; nothing is claimed to tell."""
    if not warehouse.exists(LOCKS.name):
        return {}
    return {row["stage"]: row for row in _alive(warehouse, timing or Timing(), None)}


@dataclass(frozen=True)
class _Claim:
    warehouse: Warehouse
    stage: str
    holder: dict[str, Any]
    claim_id: str = field(default_factory=lambda: uuid.uuid4().hex)

    def append(self, *, is_released: bool = False) -> None:
        """Append a row: that it is claimed, still held, or given back."""
        row = {
            "stage": self.stage,
            "claim_id": self.claim_id,
            "run_id": self.holder.get("run_id", ""),
            "host": self.holder.get("host", socket.gethostname()),
            "driver_pid": self.holder.get("driver_pid", 0),
            "beat_at": datetime.now(UTC),
            "is_released": is_released,
        }
        rows = few_rows(self.warehouse.spark, LOCKS, [row])
        self.warehouse.append(LOCKS, rows, {"claim_id": self.claim_id})


def _refuse_if_held(warehouse: Warehouse, stage: str, timing: Timing, version: int | None) -> None:
    """Look at the table's head, or at a version of it."""
    for row in _alive(warehouse, timing, version):
        if row["stage"] == stage:
            raise held_by_another(stage, row)


def _alive(warehouse: Warehouse, timing: Timing, version: int | None) -> list[dict[str, Any]]:
    """Return the claims that are not given back and have said lately that they live."""
    columns = ("run_id", "host", "driver_pid")
    newest = [max_by(name, "beat_at").alias(name) for name in columns]
    claims = (
        warehouse.read(LOCKS, version)
        .groupBy("stage", "claim_id")
        .agg(max_of("beat_at").alias("beat_at"), max_of("is_released").alias("over"), *newest)
    )
    oldest = datetime.now(UTC) - timedelta(seconds=timing.stale_s)
    living = claims.where(~col("over") & (col("beat_at") > oldest))
    return [row.asDict() for row in living.collect()]


def _version_of(claim: _Claim, timing: Timing) -> int:
    """Return the version that a claim's commit has made.

    Raises:
        LockedError: a rival's commit has taken its place.
    """
    if claim.warehouse.location.startswith(("s3://", "s3a://")):
        time.sleep(timing.settle_s)
    for commit in claim.warehouse.commits(LOCKS.name):
        if commit.user_metadata.get("claim_id") == claim.claim_id:
            return commit.version
    raise held_by_another(claim.stage, {"run_id": "claimed it at the same moment"})


def _remove_old(claim: _Claim) -> None:
    """Remove the rows of earlier claims of this stage, once there are many."""
    others = (col("stage") == claim.stage) & (col("claim_id") != claim.claim_id)
    if claim.warehouse.read(LOCKS).where(others).count() > _OLD_ROWS:
        claim.warehouse.handle(LOCKS.name).delete(others)


@contextmanager
def _heartbeat(claim: _Claim, timing: Timing) -> Iterator[Callable[[], None]]:
    """Append a row from time to time, in a thread of its own."""
    over, last = threading.Event(), [time.monotonic()]

    def beat() -> None:
        while not over.wait(timing.beat_s):
            began = time.monotonic()
            try:
                claim.append()
            except (Py4JError, PySparkException, OSError):
                continue  # the store may answer again before the claim is stale
            last[0] = began

    def require() -> None:
        silent_s = time.monotonic() - last[0]
        if silent_s > timing.stale_s / 2:
            raise LockedError(
                f"{claim.stage}: this run could not renew its lock for {silent_s:.0f} s, another may "
                "write the stage by now; run the same command again"
            )

    thread = threading.Thread(target=beat, name=f"lock of {claim.stage}", daemon=True)
    thread.start()
    try:
        yield require
    finally:
        over.set()
        thread.join()

"""Who may write the tables of a stage: the locks that a warehouse has where it lies."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from jobs.compat import jvm_process_id
from jobs.locks import control_lock, held_by, live_holders, stage_lock
from jobs.session import host_name
from jobs.table_locks import table_holders, table_locks
from jobs.warehouse import Warehouse
from realsyn_lib.errors import LockedError


@dataclass(frozen=True)
class Held:
    """Stages whose lock is held, and who holds each of the others."""

    stages: frozenset[str]
    refusals: list[str]


@dataclass(frozen=True)
class StageLocks:
    """Files on a local disk, else rows of a Delta table."""

    warehouse: Warehouse

    @contextmanager
    def hold(self, stage: str, run_id: str) -> Iterator[Callable[[], None]]:
        """Hold the lock of a stage; yields a function that raises where it was lost meanwhile.

        Raises:
            LockedError: another run holds it; the message names it.
        """
        folder, holder = self.warehouse.lock_folder, self._holder(run_id)
        if folder is not None:
            with stage_lock(folder, stage, holder):
                yield _never_lost
            return
        with table_locks(self.warehouse, [stage], holder) as locks:
            if locks.refusals:
                raise LockedError(locks.refusals[0])
            yield locks.require

    @contextmanager
    def hold_free(self, stages: Sequence[str], run_id: str) -> Iterator[Held]:
        """Hold the locks of those stages that no other run holds."""
        folder, holder = self.warehouse.lock_folder, self._holder(run_id)
        if folder is None:
            with table_locks(self.warehouse, stages, holder) as locks:
                yield Held(locks.held, locks.refusals)
            return
        refusals = {}
        with ExitStack() as stack:
            for stage in stages:
                try:
                    stack.enter_context(stage_lock(folder, stage, holder))
                except LockedError as error:
                    refusals[stage] = str(error)
            yield Held(frozenset(stages) - refusals.keys(), list(refusals.values()))

    @contextmanager
    def control(self) -> Iterator[None]:
        """Hold the right to commit to the control tables; only commits on a local disk need it."""
        folder = self.warehouse.lock_folder
        if folder is None:
            yield
            return
        with control_lock(folder):
            yield

    def holders(self) -> dict[str, dict[str, Any]]:
        """Return who holds the lock of each stage that is being written."""
        folder = self.warehouse.lock_folder
        return table_holders(self.warehouse) if folder is None else live_holders(folder)

    def refuse_held(self, stages: Sequence[str]) -> None:
        """Refuse a run whose stages another one holds, before anything else of the warehouse is read.

        Lock files were looked at before Spark had started.

        Raises:
            LockedError: the message names the holder.
        """
        holders = table_holders(self.warehouse) if self.warehouse.lock_folder is None else {}
        for stage in stages:
            if stage in holders:
                raise LockedError(held_by(stage, holders[stage]))

    def _holder(self, run_id: str) -> dict[str, Any]:
        return {
            "run_id": run_id,
            "host": host_name(),
            "driver_pid": os.getpid(),
            "jvm_pid": jvm_process_id(self.warehouse.spark),
        }


def _never_lost() -> None:
    """An OS lock stays with its process."""

"""A whole warehouse: every table whose writers and readers are at rest, then the files beside them."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass

from jobs.maintain.files import Leftovers, Removed
from jobs.maintain.tables import Upkeep, maintain_table
from jobs.published import Published
from jobs.stage_locks import StageLocks
from realsyn_lib.stages import OWNER_OF, STAGES
from realsyn_lib.tables import ALL_TABLES, LLM_ANSWERS, LOCKS, Table

_RUN_ID = "maintain"  # what those are told who meet its locks


@dataclass(frozen=True)
class Maintenance:
    """What was done; ``locked``: who kept it from the tables ``left``."""

    tables: list[Upkeep]
    removed: list[Removed]
    locked: list[str]
    left: list[str]


def maintain_warehouse(
    published: Published, retain_hours: float, tell: Callable[[Upkeep], None]
) -> Maintenance:
    """Hold the lock of every stage that is at rest, and maintain the tables that only those use.

    ``tell`` hears of each table when it is done.
    """
    warehouse, ledger = published.warehouse, published.ledger
    locks = StageLocks(warehouse)
    with locks.hold_free([stage.name for stage in STAGES], _RUN_ID) as held:
        ledger.refresh()  # a run may have ended since it was read
        runs = published.last_runs()
        done, left = [], []
        for table in _tables(published):
            if not _users(table) <= held.stages:
                left.append(table.name)
                continue
            with locks.control() if table.control else nullcontext():
                upkeep = maintain_table(warehouse, ledger, list(runs.values()), table, retain_hours)
            done.append(upkeep)
            tell(upkeep)
        files = Leftovers(warehouse.files, held.stages, runs, retain_hours)
        return Maintenance(done, list(files.remove()), held.refusals, left)


def _tables(published: Published) -> list[Table]:
    """Return the tables that are there, published or not."""
    here = [table for table in ALL_TABLES if published.warehouse.exists(table.name)]
    if published.warehouse.lock_folder is None:
        here.append(LOCKS)
    return here


def _users(table: Table) -> set[str]:
    """Return the stages that write a table or read it: all of them in case of a control table."""
    if table == LLM_ANSWERS:
        return {"generate_texts"}
    if table == LOCKS:
        return set()
    if table.control:
        return {stage.name for stage in STAGES}
    return {OWNER_OF[table.name]} | {stage.name for stage in STAGES if table.name in stage.reads}

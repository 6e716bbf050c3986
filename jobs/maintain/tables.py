"""One table: small files merged, files that no version in use names removed."""

import time
from dataclasses import dataclass
from itertools import islice

from jobs.commits import content_commits
from jobs.ledger import Ledger, StageRun
from jobs.maintain.pins import hours_to_keep, pinned_versions
from jobs.session_keys import session_keys
from jobs.warehouse import Warehouse
from realsyn_lib.tables import LOCKS, Table

_SMALL_BYTES = 64 * 2**20  # a smaller file is merged with others of its bucket
_SETTINGS = {
    "spark.databricks.delta.optimize.minFileSize": str(_SMALL_BYTES),
    "spark.databricks.delta.vacuum.logging.enabled": "true",  # its figures stand in the log
    # Delta would refuse less than the year that tables keep; pins and locks are what guards here.
    "spark.databricks.delta.retentionDurationCheck.enabled": "false",
}
_VACUUM_COMMITS = 2  # its start, with figures, and its end


@dataclass(frozen=True)
class Upkeep:
    """What was done with a table.

    Attributes:
        files_before: files of its newest version, and ``files_after``.
        merged_files: small ones that went into larger ones.
        freed_files: files removed from the disk, of ``freed_bytes`` together.
        note: what was left undone, and why; empty where nothing was.
    """

    table: str
    files_before: int
    files_after: int
    merged_files: int
    freed_files: int
    freed_bytes: int
    note: str = ""


def maintain_table(
    warehouse: Warehouse, ledger: Ledger, runs: list[StageRun], table: Table, retain_hours: float
) -> Upkeep:
    """Merge the small files of a table and remove what nothing needs; its lock is held.

    The version that is published stays readable with the files it was written in, so small files
    of a data table are freed once another version is published. Nobody reads a control table's
    past: there merging comes first.
    """
    with session_keys(warehouse.spark, _SETTINGS):
        before = _file_count(warehouse, table.name)
        merged, note = 0, ""
        if table.control:
            merged = _merge(warehouse, table)
        freed = _remove(warehouse, runs, table, retain_hours)
        if not table.control:
            is_whole = _is_published(warehouse, ledger, table.name)
            merged = _merge(warehouse, table) if is_whole else 0
            note = "" if is_whole else "not merged: it is ahead of what is published"
        if freed is None:
            note = "nothing freed: its log no longer tells what the published version needs"
        after = _file_count(warehouse, table.name)
    return Upkeep(table.name, before, after, merged, *(freed or (0, 0)), note)


def _merge(warehouse: Warehouse, table: Table) -> int:
    """Merge small files; return how many there were. Locks live for a moment: theirs stay."""
    if table == LOCKS:
        return 0
    done = warehouse.handle(table.name).optimize().executeCompaction().collect()
    return int(done[0]["metrics"]["numFilesRemoved"])


def _remove(
    warehouse: Warehouse, runs: list[StageRun], table: Table, retain_hours: float
) -> tuple[int, int] | None:
    """Return how many files were removed, and their bytes; None where it cannot be told which."""
    pins = pinned_versions(runs, table.name)
    commits = content_commits(warehouse.history(table.name))
    hours = hours_to_keep(commits, pins, retain_hours, round(time.time() * 1000))
    if hours is None:
        return None
    warehouse.handle(table.name).vacuum(hours)
    for _version, info in islice(warehouse.history(table.name), _VACUUM_COMMITS):
        figures = info.get("operationMetrics") or {}
        if info.get("operation") == "VACUUM START":
            return int(figures["numFilesToDelete"]), int(figures["sizeOfDataToDelete"])
    return 0, 0


def _is_published(warehouse: Warehouse, ledger: Ledger, name: str) -> bool:
    """Say whether the newest rows are the published ones, not half of an attempt's."""
    return warehouse.commits(name, limit=1)[0].holds(ledger.published(name))


def _file_count(warehouse: Warehouse, name: str) -> int:
    return int(warehouse.handle(name).detail().select("numFiles").collect()[0][0])

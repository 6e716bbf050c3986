"""Older versions of all tables removed from the disk: what was taken out can be read at no time."""

from concurrent.futures import ThreadPoolExecutor

from jobs.forget.context import Forgetting
from jobs.session_keys import session_keys
from realsyn_lib.tables import ALL_TABLES, Table

_AT_ONCE = 4  # tables; the work of each is a listing and a few small jobs
_KEYS = {
    "spark.databricks.delta.retentionDurationCheck.enabled": "false",
    "spark.databricks.delta.vacuum.logging.enabled": "false",
}


def purge(work: Forgetting) -> None:
    """Rewrite files whose rows a deletion vector only hides, then remove all that no head needs."""
    tables = [table for table in ALL_TABLES if work.has(table)]
    with (
        session_keys(work.warehouse.spark, {**_KEYS, **work.keys}),
        ThreadPoolExecutor(_AT_ONCE) as pool,
    ):
        list(pool.map(lambda table: _purge(work, table), tables))
    work.tell(f"{len(tables)} tables: older versions are gone, time travel ends here")


def _purge(work: Forgetting, table: Table) -> None:
    work.warehouse.spark.sql(f"REORG TABLE {work.warehouse.in_sql(table.name)} APPLY (PURGE)")
    work.warehouse.handle(table.name).vacuum(0)

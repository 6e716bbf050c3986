"""A warehouse as it is published, for commands that only look: nothing is created or written."""

import argparse
import contextlib
from dataclasses import dataclass, field
from pathlib import Path

from pyspark.sql import Column, DataFrame
from pyspark.sql.functions import col, lit

from jobs.ledger import Ledger, StageRun
from jobs.names import local_catalog_folder, local_folder, local_or_uri
from jobs.schema_check import check_schema_versions
from jobs.session import open_session
from jobs.warehouse import Warehouse
from realsyn_lib.config import Config, load_config
from realsyn_lib.errors import ContractError, InputError
from realsyn_lib.stages import OWNER_OF, STAGES
from realsyn_lib.tables import ALL_TABLES, FUNNEL, QUARANTINE, RUNS, Table


@dataclass(frozen=True)
class Published:
    """Reads every table at the version that its stage's last finished run names.

    What is published is looked up once: a run that goes on meanwhile changes nothing here.
    ``damaged``: tables that must not be read.
    """

    warehouse: Warehouse
    ledger: Ledger
    config: Config
    damaged: frozenset[str] = frozenset()
    _frames: dict[str, DataFrame] = field(default_factory=dict, repr=False)

    def has(self, table: Table) -> bool:
        """Say whether there is anything to read."""
        if table.name in self.damaged:
            return False
        if table.control:
            return self.warehouse.exists(table.name)
        return self.ledger.published(table.name) is not None

    def tables(self) -> list[Table]:
        """Return the tables that can be read, in the order of the line."""
        return [table for table in ALL_TABLES if self.has(table)]

    def read(self, table: Table) -> DataFrame:
        """Read a table; of funnel and quarantine only the rows of what is published.

        Raises:
            ContractError: nothing of it is published yet.
        """
        if not self.has(table):
            raise ContractError(f"{self.warehouse.location}: {_missing(table)}")
        if table.control:
            rows = self.warehouse.read(table)
            return rows.where(self._counts()) if table in (FUNNEL, QUARANTINE) else rows
        if table.name not in self._frames:  # each time Delta would look for that version anew
            version = self.ledger.published(table.name)
            self._frames[table.name] = self.warehouse.read(table, version)
        return self._frames[table.name]

    def last_runs(self) -> dict[str, StageRun]:
        """Return the last finished run of each stage that has one, in the order of the line."""
        runs = {stage.name: self.ledger.last_finished(stage.name) for stage in STAGES}
        return {name: run for name, run in runs.items() if run is not None}

    def _counts(self) -> Column:
        """True for accounting rows of the attempts whose tables are published."""
        condition = lit(False)
        for run in self.last_runs().values():
            condition = condition | ((col("stage") == run.stage) & (col("run_id") == run.run_id))
        return condition


def open_published(arguments: argparse.Namespace) -> Published:
    """Open the warehouse that the arguments of ``add_common_arguments`` name."""
    config = load_config(arguments.env, arguments.settings)
    return open_warehouse(arguments.warehouse, config, arguments.files)


def open_warehouse(location: str, config: Config, files: str | None = None) -> Published:
    """Open a warehouse to be looked at; ``files`` lies beside a catalog's tables.

    Raises:
        InputError: there is no warehouse.
        ContractError: another version of this software made its tables.
    """
    return published_in(open_place(location, config, files), config)


def open_place(location: str, config: Config, files: str | None = None) -> Warehouse:
    """Start the session for a warehouse; none of its tables is looked at yet.

    Raises:
        InputError: a folder that is no warehouse.
    """
    location = local_or_uri(location)
    folder = local_folder(location)
    if "/" in location and folder is not None:
        require_folder(folder)  # told before Spark takes its seconds to start
    catalog = local_catalog_folder(location, files)
    known = catalog if catalog is not None and catalog.is_dir() else None  # a look makes none
    spark = open_session(
        config, "realsyn", is_brief=True, catalog=known, locations=(location, files or "")
    )
    return Warehouse(spark, location, files)


def published_in(
    warehouse: Warehouse, config: Config, damaged: frozenset[str] = frozenset()
) -> Published:
    """Return what is published in a warehouse; ``damaged`` tables are left out.

    Raises:
        InputError: there is no warehouse.
        ContractError: another version of this software made its tables.
    """
    if not warehouse.exists(RUNS.name):
        raise InputError(_no_warehouse(warehouse.location, "it has no table runs"))
    check_schema_versions(warehouse, but=damaged)
    return Published(warehouse, Ledger(warehouse, contextlib.nullcontext), config, damaged)


def require_folder(folder: Path) -> None:
    """Refuse a local folder that is no warehouse.

    Raises:
        InputError: it is not there, or has no table ``runs``.
    """
    if not folder.is_dir():
        raise InputError(_no_warehouse(str(folder), "there is no such folder"))
    if not (folder / RUNS.name / "_delta_log").is_dir():
        raise InputError(_no_warehouse(str(folder), "it has no table runs"))


def _no_warehouse(location: str, why: str) -> str:
    return (
        f"--warehouse {location} is no warehouse: {why}; name the folder that `realsyn run` or "
        "`realsyn demo` wrote"
    )


def _missing(table: Table) -> str:
    owner = OWNER_OF.get(table.name)
    remedy = f"run with --from {owner}" if owner else "run any stage, which makes it"
    return f"table {table.name} is not there yet; {remedy}"

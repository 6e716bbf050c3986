"""Published tables of a warehouse on a local disk, read without a Spark session."""

import glob
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from jobs.commits import content_commits
from jobs.delta_log import local_commits, local_properties, local_versions
from jobs.ledger import StageRun
from jobs.names import local_folder, local_or_uri
from jobs.published import require_folder
from realsyn_lib.errors import ContractError, InputError
from realsyn_lib.schema_version import SCHEMA_PROPERTY, refusal_of
from realsyn_lib.stages import OWNER_OF, STAGES
from realsyn_lib.tables import ALL_TABLES, RUNS, Table


@dataclass(frozen=True)
class TableFiles:
    """One version of a table: its parquet files, and the columns that they may have.

    ``key`` tells it from every other version of every table, also from one of the same number that
    was made after the table had been removed.
    """

    table: Table
    paths: tuple[str, ...]
    columns: frozenset[str]
    key: str

    @property
    def patterns(self) -> list[str]:
        """Return the files as DuckDB takes them, which reads each name as a pattern."""
        return [glob.escape(path) for path in self.paths]


@dataclass(frozen=True)
class PublishedFiles:
    """What the last finished run of each stage published, as it was when the warehouse was opened."""

    folder: Path
    runs: dict[str, StageRun]
    runs_version: int

    def has(self, table: Table) -> bool:
        """Say whether anything of a table is published."""
        return self.version(table) is not None

    def version(self, table: Table) -> int | None:
        """Return the published version of a table; of a control table its head."""
        if table.control:
            return next(iter(local_versions(self.folder / table.name)), None)
        run = self.runs.get(OWNER_OF[table.name])
        return run.output_versions.get(table.name) if run else None

    def files(self, table: Table) -> TableFiles | None:
        """Return the files of the published version; None where there is none.

        What maintenance has laid out anew is read so, as ``Warehouse.read`` does.

        Raises:
            ContractError: the version is gone, or a column of it is.
        """
        version = self.version(table)
        if version is None:
            return None
        place = self.folder / table.name
        head = next(content_commits(local_commits(place)), None)
        newest = head.newest if head is not None and head.holds(version) else version
        try:
            found = DeltaTable(str(place), version=newest)
            paths = _paths(place, found)
        except DeltaError as error:
            raise ContractError(
                f"{place}: version {newest} cannot be read ({_first_line(error)}); run its stage again with "
                "--force, or restore the folder from a backup"
            ) from error
        columns = frozenset(field.name for field in found.schema().fields)
        _check_columns(place, table, columns)
        return TableFiles(table, paths, columns, f"{found.metadata().id}-{version}")

    def has_changed(self) -> bool:
        """Say whether a run has ended since the warehouse was opened."""
        return self.runs_version != max(local_versions(self.folder / RUNS.name), default=-1)


def open_published_files(location: str) -> PublishedFiles:
    """Look up what is published.

    Raises:
        InputError: there is no warehouse, or it is no folder of this machine.
        ContractError: another version of this software made its tables.
    """
    folder = local_folder(local_or_uri(location))
    if folder is None or not ("/" in location or folder.is_dir()):
        raise InputError(
            f"--warehouse {location}: without Spark a folder of this machine is read, not an object store or "
            "a catalog; copy the tables here, or use `realsyn sql` and `realsyn report`"
        )
    folder = folder.absolute()
    require_folder(folder)
    if set("[]%") & set(str(folder)):  # delta-rs panics at the first two and decodes the third
        raise InputError(
            f"--warehouse {folder}: without Spark no path with [, ] or % is read; rename the folder"
        )
    for table in ALL_TABLES:
        properties = local_properties(folder / table.name)
        if properties is not None:
            refusal = refusal_of(str(folder / table.name), properties.get(SCHEMA_PROPERTY))
            if refusal is not None:
                raise ContractError(refusal)
    head = DeltaTable(str(folder / RUNS.name))
    return PublishedFiles(folder, _last_finished(head), head.version())


def _paths(place: Path, found: DeltaTable) -> tuple[str, ...]:
    """Return the files of a version; the log percent-encodes them, the folder's own name it leaves out."""
    names = pa.table(found.get_add_actions(flatten=True))["path"].to_pylist()
    return tuple(sorted(str(place / unquote(name)) for name in names))


def _last_finished(runs: DeltaTable) -> dict[str, StageRun]:
    """Return the newest finished run of each stage, in the order of the line."""
    rows = runs.to_pyarrow_table().to_pylist()
    found: dict[str, StageRun] = {}
    for run in (_stage_run(row) for row in rows if row["status"] == "finished"):
        known = found.get(run.stage)
        if known is None or known.order < run.order:
            found[run.stage] = run
    return {stage.name: found[stage.name] for stage in STAGES if stage.name in found}


def _stage_run(row: dict) -> StageRun:  # type: ignore[type-arg]
    maps = {
        name: dict(row[name] or {}) for name in ("input_versions", "output_versions", "metrics")
    }
    return StageRun(**{**row, **maps, "started_at": row["started_at"].astimezone(UTC)})


def _check_columns(place: Path, table: Table, found: frozenset[str]) -> None:
    missing = [c.name for c in table.columns if c.name not in found and not c.nullable]
    if missing:
        raise ContractError(
            f"{place}: column `{missing[0]}` is missing; the table was written by another version: run its "
            "stage again with --force"
        )


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:200]

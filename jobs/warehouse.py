"""Where tables and files are, and the few Delta operations everything else is made of."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from delta.tables import DeltaTable
from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, DataFrameWriter, SparkSession
from pyspark.sql.functions import lit

from jobs.delta_log import local_commits, local_versions
from jobs.names import check_catalog_name, local_folder
from realsyn_lib.errors import ContractError, SettingError
from realsyn_lib.tables import Table

_MAINTENANCE = ("OPTIMIZE", "VACUUM START", "VACUUM END", "REORG", "SET TBLPROPERTIES", "FSCK")
_FEW_COMMITS = 20


@dataclass(frozen=True)
class Commit:
    """One entry of a table's history that changed its content."""

    version: int
    operation: str
    restored_to: int | None
    user_metadata: dict[str, str]


class Warehouse:
    """Tables under a folder (``/data/wh``, ``s3://...``) or in a schema (``catalog.schema``).

    ``files`` holds everything that is no table: index files, releases, locks, reports.
    """

    def __init__(self, spark: SparkSession, location: str, files: str | None = None) -> None:
        self.spark = spark
        self.location = location.rstrip("/")
        self.is_catalog = "/" not in location and location.count(".") in (1, 2)
        if self.is_catalog:
            check_catalog_name(location)
            if not files:
                raise SettingError(
                    f"--warehouse {location} is a schema: say --files URI, the folder for index "
                    "files, releases and locks"
                )
        self.files = (files or f"{self.location}/_files").rstrip("/")

    def where(self, name: str) -> str:
        """Path or three-level name of a table."""
        return f"{self.location}.{name}" if self.is_catalog else f"{self.location}/{name}"

    def handle(self, name: str) -> DeltaTable:
        """Return the Delta handle of an existing table."""
        if self.is_catalog:
            return DeltaTable.forName(self.spark, self.where(name))
        return DeltaTable.forPath(self.spark, self.where(name))

    def exists(self, name: str) -> bool:
        """Say whether the Delta table is there."""
        if self.is_catalog:
            return self.spark.catalog.tableExists(self.where(name))
        return bool(DeltaTable.isDeltaTable(self.spark, self.where(name)))

    @property
    def lock_folder(self) -> Path | None:
        """Folder of the locks that keep other writers out; None where there are none to be had.

        Files of a catalog may look local (a Databricks volume), but another cluster's do too.
        """
        folder = None if self.is_catalog else local_folder(self.files)
        return folder / "locks" if folder is not None else None

    def _folder(self, name: str) -> Path | None:
        return None if self.is_catalog else local_folder(self.where(name))

    def create(self, table: Table) -> None:
        """Create the table as declared where it is not there yet."""
        builder = DeltaTable.createIfNotExists(self.spark)
        if self.is_catalog:
            builder = builder.tableName(self.where(table.name))
        else:
            builder = builder.location(self.where(table.name))
        schema = self.spark.createDataFrame([], table.ddl()).schema
        builder = builder.addColumns(schema).property("realsyn.table", table.name)
        for key, value in _properties(table).items():
            builder = builder.property(key, value)
        if table.bucketed:
            builder = builder.partitionedBy("bucket")
        builder.execute()

    def read(self, table: Table, version: int | None = None) -> DataFrame:
        """Read a table, at a version, after checking it against its declaration.

        Columns that may be null, and that an older version of ours did not know, are null.
        """
        reader = self.spark.read.format("delta")
        if version is not None:
            reader = reader.option("versionAsOf", version)
        try:
            if self.is_catalog:
                frame = reader.table(self.where(table.name))
            else:
                frame = reader.load(self.where(table.name))
        except AnalysisException as error:
            raise ContractError(
                f"{self.where(table.name)}: version {version} cannot be read ({_first_line(error)}); "
                "run its stage again with --force, or restore the folder from a backup"
            ) from error
        _check_columns(frame, table, self.where(table.name))
        unknown = [column for column in table.columns if column.name not in frame.columns]
        return frame.withColumns({c.name: lit(None).cast(c.type) for c in unknown})

    def overwrite(
        self, table: Table, frame: DataFrame, where: str | None, transaction: tuple[str, int],
        note: dict[str, str],
    ) -> None:  # fmt: skip
        """Replace the whole table, or the rows of ``where``, in one idempotent commit.

        Columns that an older version of ours did not know are added.
        """
        writer = _once(_noted(_writer(table, frame, "overwrite"), note), transaction)
        writer = writer.option("mergeSchema", "true")
        self._save(table, writer.option("replaceWhere", where) if where is not None else writer)

    def append(
        self, table: Table, frame: DataFrame, note: dict[str, str] | None = None,
        transaction: tuple[str, int] | None = None,
    ) -> None:  # fmt: skip
        """Append rows in one commit; with a transaction it is idempotent, but Delta reads its log."""
        writer = _noted(_writer(table, frame, "append"), note or {})
        self._save(table, _once(writer, transaction) if transaction else writer)

    def _save(self, table: Table, writer: DataFrameWriter) -> None:
        if self.is_catalog:
            writer.saveAsTable(self.where(table.name))
        else:
            writer.save(self.where(table.name))

    def commits(self, name: str, limit: int | None = None) -> list[Commit]:
        """Return the newest content commits of a table, newest first; maintenance is none."""
        folder = self._folder(name)
        found = local_commits(folder) if folder is not None else self._history(name)
        commits = (_commit(version, info) for version, info in found)
        return list(islice((c for c in commits if c.operation not in _MAINTENANCE), limit))

    def _history(self, name: str) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield version and commitInfo, newest first: a few at first, which mostly do, then all."""
        seen = 0
        for asked in (_FEW_COMMITS, None):
            history = self.handle(name).history(asked) if asked else self.handle(name).history()
            rows = history.select("version", "operation", "operationParameters", "userMetadata")
            found = rows.collect()
            for row in found[seen:]:
                yield row.version, row.asDict()
            seen = len(found)
            if asked and seen < asked:
                return

    def quick_version(self, name: str) -> int | None:
        """Return the newest version of a table where a look at the disk tells it, else None."""
        folder = self._folder(name)
        versions = local_versions(folder) if folder is not None else []
        return versions[0] if versions else None

    def restore(self, name: str, version: int) -> None:
        """Bring the table's head back to the content of ``version``."""
        self.handle(name).restoreToVersion(version)


def _writer(table: Table, frame: DataFrame, mode: str) -> DataFrameWriter:
    return frame.select(*table.names).write.format("delta").mode(mode)


def _noted(writer: DataFrameWriter, note: dict[str, str]) -> DataFrameWriter:
    """Say in the table's history whose commit it is."""
    return writer.option("userMetadata", json.dumps(note, sort_keys=True)) if note else writer


def _once(writer: DataFrameWriter, transaction: tuple[str, int]) -> DataFrameWriter:
    """Let Delta pass over a second commit of one transaction."""
    return writer.option("txnAppId", transaction[0]).option("txnVersion", transaction[1])


def _commit(version: int, info: Mapping[str, Any]) -> Commit:
    parameters = info.get("operationParameters") or {}
    operation = info.get("operation") or "UNKNOWN"
    restored = parameters.get("version") if operation == "RESTORE" else None
    try:
        note = json.loads(info.get("userMetadata") or "{}")
    except ValueError:
        note = {}
    return Commit(version, operation, int(restored) if restored is not None else None, note)


def _properties(table: Table) -> dict[str, str]:
    """Statistics only on columns that queries skip by: never on bytes, vectors or long text."""
    plain = ("bigint", "int", "float", "double")
    columns = [
        column.name for column in table.columns if column.type in plain and column.name != "bucket"
    ]
    found = {"delta.dataSkippingStatsColumns": ",".join(columns)} if columns else {}
    # A run commits fifteen rows one by one to the control tables: a checkpoint at each tenth
    # commit would cost more than all of them.
    return found | ({"delta.checkpointInterval": "50"} if table.control else {})


def _check_columns(frame: DataFrame, table: Table, where: str) -> None:
    found = dict(frame.dtypes)
    for column in table.columns:
        if column.name not in found:
            if column.nullable:
                continue
            got = "is missing"
        elif found[column.name] != column.type.replace(" ", ""):
            got = f"is {found[column.name]}"
        else:
            continue
        raise ContractError(
            f"{where}: column `{column.name}` {got}, declared {column.type}; the table was written "
            "by another version: run its stage again with --force"
        )


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:200]

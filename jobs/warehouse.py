"""Where tables and files are, and the few Delta operations everything else is made of."""

import json
import shutil
import time
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from delta.tables import DeltaTable
from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import expr, lit

from jobs.commits import Commit, content_commits, told_history
from jobs.delta_conflicts import REFUSED, TABLE_MADE, tells_of
from jobs.delta_log import has_only_beginnings, local_commits, local_properties, local_versions
from jobs.names import (
    check_catalog_name,
    files_of,
    is_catalog_name,
    local_folder,
    lock_folder,
)
from jobs.older_columns import as_declared
from jobs.table_layout import comment_of, create_statement, partition_of, properties_of
from realsyn_lib.errors import ContractError, SettingError
from realsyn_lib.failpoints import reach_after_files
from realsyn_lib.tables import LOCKS, Table

_TRIES, _PAUSE_S = 5, 0.2  # to create a table that another run creates, too


class Warehouse:
    """Tables under a folder (``/data/wh``, ``s3://...``) or in a schema (``catalog.schema``).

    ``files`` holds everything that is no table: index files, releases, locks, reports.
    """

    def __init__(self, spark: SparkSession, location: str, files: str | None = None) -> None:
        self.spark = spark
        self.location = location.rstrip("/")
        self.is_catalog = is_catalog_name(location)
        if self.is_catalog:
            check_catalog_name(location)
            if not files:
                raise SettingError(
                    f"--warehouse {location} is a schema: say --files URI, the folder for index "
                    "files, releases and locks"
                )
        self.files = files_of(self.location, files)
        self._newest_same: dict[tuple[str, int], int] = {}

    def where(self, name: str) -> str:
        """Path or three-level name of a table."""
        if self.is_catalog:
            return f"{self.location}.{name}"
        return f"{self.files}/{name}" if name == LOCKS.name else f"{self.location}/{name}"

    def in_sql(self, name: str) -> str:
        """Return a table as SQL names it; in a path a backtick is written twice."""
        where = self.where(name)
        return where if self.is_catalog else f"delta.`{where.replace('`', '``')}`"

    def create_schema(self) -> None:
        """Make the schema where it is not there; a folder comes with its first table."""
        if self.is_catalog and not self.spark.catalog.databaseExists(self.location):
            self.spark.sql(f"CREATE SCHEMA IF NOT EXISTS {self.location}")

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
        """Folder of the lock files; None where locks are rows of a table."""
        return lock_folder(self.location, self.files)

    def _folder(self, name: str) -> Path | None:
        return None if self.is_catalog else local_folder(self.where(name))

    def properties(self, name: str) -> dict[str, str] | None:
        """Return the properties of a table, None where there is none."""
        folder = self._folder(name)
        if folder is not None:
            return local_properties(folder)
        if not self.exists(name):
            return None
        # DESCRIBE DETAIL would count the table's files as well: a job for each table of a store.
        rows = self.spark.sql(f"SHOW TBLPROPERTIES {self.in_sql(name)}").collect()
        return {row.key: row.value for row in rows}

    def create(self, table: Table) -> None:
        """Create the table as declared where it is not there yet, or another run creates it just now."""
        for attempt in range(1, _TRIES + 1):
            try:
                self._create(table)
                return
            except REFUSED as error:
                if attempt == _TRIES or not tells_of(error, TABLE_MADE):
                    raise
            time.sleep(attempt * _PAUSE_S)  # the other's first commit may be under way

    def _create(self, table: Table) -> None:
        if self.is_catalog:  # whose names Delta's own builder takes in two parts only
            self.spark.sql(create_statement(table, self.where(table.name)))
            return
        folder = self._folder(table.name)
        if folder is not None and has_only_beginnings(folder):
            shutil.rmtree(folder / "_delta_log")
        builder = DeltaTable.createIfNotExists(self.spark).location(self.where(table.name))
        schema = self.spark.createDataFrame([], table.ddl()).schema
        builder = builder.addColumns(schema).comment(comment_of(table))
        for key, value in properties_of(table).items():
            builder = builder.property(key, value)
        partition = partition_of(table)
        if partition is not None:
            builder = builder.partitionedBy(partition)
        builder.execute()

    def read(self, table: Table, version: int | None = None) -> DataFrame:
        """Read a table, at a version, after checking it against its declaration.

        Columns and fields that may be null, and that an older version of ours did not know, are null.
        What maintenance has laid out anew is read so: the same rows in fewer files.
        """
        reader = self.spark.read.format("delta")
        if version is not None:
            reader = reader.option("versionAsOf", self._newest_same_as(table.name, version))
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
        frame = as_declared(frame, table)
        _check_columns(frame, table, self.where(table.name))
        return frame

    def _newest_same_as(self, name: str, version: int) -> int:
        """Return the newest version that holds the rows of ``version``; asked once of each.

        None is lost meanwhile: ``jobs.maintain`` keeps the files of all versions since.
        """
        if (name, version) not in self._newest_same:
            head = next(iter(self.commits(name, limit=1)), None)
            is_head = head is not None and head.holds(version)
            self._newest_same[name, version] = head.newest if head and is_head else version
        return self._newest_same[name, version]

    def overwrite(
        self, table: Table, frame: DataFrame, where: str | None, transaction: tuple[str, int],
        note: dict[str, str],
    ) -> None:  # fmt: skip
        """Replace the whole table, or the rows of ``where``, in one idempotent commit.

        Columns that an older version of ours did not know are added.
        """
        options = _noted(note) | _once(transaction) | {"mergeSchema": "true"}
        rows = frame.select(*table.names)
        if self.is_catalog:
            writer = rows.writeTo(self.where(table.name)).options(**options)
            writer.overwrite(expr(where) if where is not None else lit(True))
            return
        replaced = {"replaceWhere": where} if where is not None else {}
        path_writer = rows.write.format("delta").mode("overwrite").options(**options, **replaced)
        with reach_after_files(f"{table.name}.data_files", self._folder(table.name)):
            path_writer.save(self.where(table.name))

    def append(
        self, table: Table, frame: DataFrame, note: dict[str, str] | None = None,
        transaction: tuple[str, int] | None = None,
    ) -> None:  # fmt: skip
        """Append rows in one commit; with a transaction it is idempotent, but Delta reads its log.

        Columns that an older version of ours did not know are added.
        """
        options = _noted(note or {}) | {"mergeSchema": "true"}
        options |= _once(transaction) if transaction else {}
        rows = frame.select(*table.names)
        if self.is_catalog:
            rows.writeTo(self.where(table.name)).options(**options).append()
            return
        path_writer = rows.write.format("delta").mode("append").options(**options)
        with reach_after_files(f"{table.name}.data_files", self._folder(table.name)):
            path_writer.save(self.where(table.name))

    def commits(self, name: str, limit: int | None = None) -> list[Commit]:
        """Return the newest content commits of a table, newest first; maintenance is none."""
        return list(islice(content_commits(self.history(name)), limit))

    def history(self, name: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """Yield version and commitInfo of all commits, newest first, each read as it is asked for."""
        folder = self._folder(name)
        return local_commits(folder) if folder is not None else told_history(self.handle(name))

    def quick_version(self, name: str) -> int | None:
        """Return the newest version of a table where a look at the disk tells it, else None."""
        folder = self._folder(name)
        versions = local_versions(folder) if folder is not None else []
        return versions[0] if versions else None

    def restore(self, name: str, version: int) -> None:
        """Bring the table's head back to the content of ``version``."""
        self.handle(name).restoreToVersion(version)


def _noted(note: dict[str, str]) -> dict[str, str]:
    """Options that say in the table's history whose commit it is."""
    return {"userMetadata": json.dumps(note, sort_keys=True)} if note else {}


def _once(transaction: tuple[str, int]) -> dict[str, str]:
    """Options that let Delta pass over a second commit of one transaction."""
    return {"txnAppId": transaction[0], "txnVersion": str(transaction[1])}


def _check_columns(frame: DataFrame, table: Table, where: str) -> None:
    found = dict(frame.dtypes)
    for column in table.columns:
        if column.name not in found:
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

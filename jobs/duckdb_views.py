"""Every published table of a warehouse on this disk as a view of DuckDB, for looks that need no Spark.

Needs the packages of the extra `report`. Vectors stay ``binary``: ``realsyn_lib.embeddings.vectors_of``
makes a matrix of such a column.
"""

from pathlib import Path

import duckdb
import pyarrow as pa

from jobs.published_files import TableFiles, open_published_files
from realsyn_lib.tables import ALL_TABLES, FUNNEL, QUARANTINE, Table

_TYPES = {"string": "VARCHAR", "binary": "BLOB", "float": "REAL"}


def open_duckdb(warehouse: str | Path) -> duckdb.DuckDBPyConnection:
    """Return a connection with a view of each table at the version that is published.

    As ``realsyn sql`` reads them: of funnel and quarantine only what the published runs counted, and of no
    table a version that a running or killed stage wrote. ``last_runs`` is a further table: stage, run_id.
    Nothing is loaded before a query asks for it, and a query reads only the columns that it names.

    Raises:
        InputError: there is no warehouse in that folder.
        ContractError: another version of this software made its tables.
    """
    published = open_published_files(str(warehouse))
    connection = duckdb.connect()
    for table in filter(published.has, ALL_TABLES):
        is_counts = table in (FUNNEL, QUARANTINE)
        name = f"all_{table.name}" if is_counts else table.name
        create_view(connection, table, published.files(table), name)
    finished = [(run.stage, run.run_id) for run in published.runs.values()]
    columns = [pa.array(column, pa.string()) for column in zip(*finished, strict=True)]
    last_runs = pa.table(columns or [pa.array([], pa.string())] * 2, names=["stage", "run_id"])
    connection.from_arrow(last_runs).create("last_runs")
    for table in filter(published.has, (FUNNEL, QUARANTINE)):
        connection.execute(
            f"CREATE VIEW {table.name} AS "  # noqa: S608, a name of ours
            f"SELECT a.* FROM all_{table.name} AS a JOIN last_runs USING (stage, run_id)"
        )
    return connection


def create_view(
    database: duckdb.DuckDBPyConnection,
    table: Table,
    files: TableFiles | None,
    name: str | None = None,
) -> None:
    """Make a view of one version of a table, under its own name or another; without files an empty table.

    Buckets are directories, so a condition on ``bucket`` opens the files of that bucket only.
    """
    if files is None or not files.paths:
        database.from_arrow(table.arrow_schema().empty_table()).create(name or table.name)
        return
    found = database.read_parquet(
        files.patterns, hive_partitioning=table.bucketed, union_by_name=True
    )
    present = set(found.columns)
    columns = [
        c.name if c.name in present else f"{_null(c.type)} AS {c.name}" for c in table.columns
    ]
    found.project(", ".join(columns)).create_view(name or table.name)


def _null(kind: str) -> str:
    """A column that files of an older version of ours do not have."""
    return f"CAST(NULL AS {_TYPES.get(kind, kind)})"

"""Every published table of a warehouse on this disk as a view of DuckDB, for looks that need no Spark.

Needs the packages of the extra `report`. Vectors stay ``binary``: ``realsyn_lib.embeddings.vectors_of``
makes a matrix of such a column.
"""

from pathlib import Path

import duckdb
from deltalake import DeltaTable

from realsyn_lib.errors import ContractError, InputError
from realsyn_lib.schema_version import SCHEMA_PROPERTY, refusal_of
from realsyn_lib.stages import OWNER_OF
from realsyn_lib.tables import ALL_TABLES, FUNNEL, QUARANTINE, RUNS, Table

_LAST_RUNS = """
    SELECT stage, max(run_id) AS run_id FROM runs WHERE status = 'finished' GROUP BY stage
"""
_VERSIONS = """
    SELECT unnest(map_entries(output_versions), recursive := true)
    FROM runs JOIN last_runs USING (stage, run_id) WHERE status = 'finished'
"""


def open_duckdb(warehouse: str | Path) -> duckdb.DuckDBPyConnection:
    """Return a connection with a view of each table at the version that is published.

    As ``realsyn sql`` reads them: of funnel and quarantine only what the published runs counted, and of no
    table a version that a running or killed stage wrote. ``last_runs`` is a further view: stage, run_id.
    Nothing is loaded before a query asks for it, and a query reads only the columns that it names.

    Raises:
        InputError: there is no warehouse in that folder.
        ContractError: another version of this software made its tables.
    """
    folder = Path(warehouse)
    if not (folder / RUNS.name / "_delta_log").is_dir():
        raise InputError(
            f"{warehouse} is no warehouse on this disk: it has no table runs; name the folder that `realsyn "
            "run` or `realsyn demo` wrote"
        )
    connection = duckdb.connect()
    _register(connection, folder, RUNS)
    connection.execute(f"CREATE VIEW last_runs AS {_LAST_RUNS}")
    versions = dict(connection.execute(_VERSIONS).fetchall())
    for table in ALL_TABLES:
        if table in (FUNNEL, QUARANTINE):
            _register_counts(connection, folder, table)
        elif table is not RUNS and (table.name in versions or table.name not in OWNER_OF):
            _register(connection, folder, table, versions.get(table.name))
    return connection


def _register(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    table: Table,
    version: int | None = None,
    name: str | None = None,
) -> bool:
    """Make the view of one table, where there is such a table; say whether."""
    place = str(folder / table.name)
    if not DeltaTable.is_deltatable(place):
        return False
    found = DeltaTable(place, version=version)
    refusal = refusal_of(place, found.metadata().configuration.get(SCHEMA_PROPERTY))
    if refusal is not None:
        raise ContractError(refusal)
    connection.register(name or table.name, found.to_pyarrow_dataset())
    return True


def _register_counts(connection: duckdb.DuckDBPyConnection, folder: Path, table: Table) -> None:
    """Leave out what attempts counted that died or were replaced."""
    if _register(connection, folder, table, name=f"all_{table.name}"):
        connection.execute(
            f"CREATE VIEW {table.name} AS "  # noqa: S608, a name of ours
            f"SELECT a.* FROM all_{table.name} AS a JOIN last_runs USING (stage, run_id)"
        )

"""DuckDB over the files of published tables: a view for each table, a cursor for each question."""

from typing import Any

import duckdb
import pyarrow as pa

from jobs.duckdb_views import create_view
from jobs.published_files import PublishedFiles, TableFiles
from realsyn_lib.errors import ContractError, EnvironmentFault
from realsyn_lib.tables import ALL_TABLES, IMAGE_BYTES

Row = dict[str, Any]
_SETTINGS = {
    "memory_limit": "256MB",
    "threads": 2,
    # Nothing is fetched, and nothing spills: what does not fit is refused.
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "temp_directory": "",
}
PLACES = "image_places"  # image_id, filename, file_row_number of image_bytes


class Queries:
    """Answers SQL over published tables; one that is not published is an empty view.

    Buckets are directories, so a condition on ``bucket`` opens the files of that bucket only.
    """

    def __init__(self, published: PublishedFiles) -> None:
        self._database = duckdb.connect(":memory:", config=dict(_SETTINGS))
        self._database.execute("SET GLOBAL parquet_metadata_cache = true")
        for table in ALL_TABLES:
            create_view(self._database, table, published.files(table))
        _create_places(self._database, published.files(IMAGE_BYTES))

    def rows(self, sql: str, *parameters: object) -> list[Row]:
        """Return the rows of a query; every value from outside is a parameter, or in a dict of named ones.

        Raises:
            ContractError: files of the published version are gone.
            EnvironmentFault: it needs more memory than all queries may have.
        """
        cursor = self._database.cursor()
        try:
            named = parameters[0] if parameters and isinstance(parameters[0], dict) else None
            found = cursor.execute(sql, named if named is not None else list(parameters))
            names = [column[0] for column in found.description or ()]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
        except duckdb.IOException as error:
            raise ContractError(
                f"files that were published when view started cannot be read ({_first_line(error)}); start "
                "view again"
            ) from error
        except duckdb.OutOfMemoryException as error:
            raise EnvironmentFault(
                f"this page needs more than the {_SETTINGS['memory_limit']} that queries may have; use "
                "`realsyn sql` for tables of this size"
            ) from error
        finally:
            cursor.close()

    def row(self, sql: str, *parameters: object) -> Row | None:
        """Return the only row of a query, None where there is none."""
        return next(iter(self.rows(sql, *parameters)), None)


def _create_places(database: duckdb.DuckDBPyConnection, files: TableFiles | None) -> None:
    """Make a view of where the bytes of each image lie: bytes themselves are not read by SQL.

    A row group of pictures is 128 MB, and a query holds it whole.
    """
    if files is None or not files.paths:
        places = pa.schema(
            {"image_id": pa.int64(), "filename": pa.string(), "file_row_number": pa.int64()}
        )
        database.from_arrow(places.empty_table()).create(PLACES)
        return
    found = database.read_parquet(files.patterns, filename=True, file_row_number=True)
    found.project("image_id, filename, file_row_number").create_view(PLACES)


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:200]

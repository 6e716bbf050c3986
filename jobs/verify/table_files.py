"""The files of tables: their logs, and what the published versions consist of."""

from collections.abc import Iterator
from itertools import pairwise

from jobs.delta_log import versions_in
from jobs.published import Published
from jobs.verify.damage import OwnFile, Part
from jobs.verify.places import files_below, plain, table_folder
from jobs.warehouse import Warehouse
from realsyn_lib.tables import ALL_TABLES, Table

LOG, FILES = "log of ", "files of "
_REMEDY = "restore it from a backup, or run {} again with --force"


def log_parts(warehouse: Warehouse) -> Iterator[Part]:
    """Yield the log of each table that is there: read before Delta reads it."""
    for table in ALL_TABLES:
        if warehouse.is_catalog and not warehouse.exists(table.name):
            continue
        name = f"{LOG}{table.name}"
        folder = f"{table_folder(warehouse, table.name)}/_delta_log"
        found = [
            (location, info.base_name)
            for location, info in files_below(folder)
            if not info.base_name.startswith(".")
        ]
        if found:
            files = [OwnFile(location) for location, _ in found]
            remedy = "restore the folder of the table from a backup"
            yield Part(name, files, remedy, _gap(folder, [base for _, base in found]))


def _gap(folder: str, names: list[str]) -> str | None:
    """Commits are numbered without a gap; Delta removes old ones from the start."""
    for version, following in pairwise(reversed(versions_in(names))):
        if following != version + 1:
            return f"{folder}/{version + 1:020d}.json is missing"
    return None


def data_part(published: Published, table: Table) -> Part:
    """Return the files of the published version of a table, of a control table of its head."""
    name = f"{FILES}{table.name}"
    paths = published.read(table).inputFiles()
    files = [OwnFile(plain(path)) for path in sorted(paths)]
    return Part(name, files, _REMEDY.format(f"the stage that writes {table.name}"))

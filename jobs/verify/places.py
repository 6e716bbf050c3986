"""Where the files of a warehouse lie."""

from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from pyarrow import fs

from jobs.warehouse import Warehouse
from realsyn_lib.files import open_file_system


def plain(location: str) -> str:
    """Return a local file, which Spark names as an escaped URI, as a path; others as they are."""
    return unquote(urlsplit(location).path) if location.startswith("file:") else location


def table_folder(warehouse: Warehouse, name: str) -> str:
    """Return the folder of a table that is there; of a catalog's table Delta must be asked."""
    if not warehouse.is_catalog:
        return plain(warehouse.where(name))
    return plain(warehouse.handle(name).detail().select("location").collect()[0][0])


def files_below(folder: str) -> Iterator[tuple[str, fs.FileInfo]]:
    """Yield the location of each file below a folder, and what is known of it; none without the folder."""
    system, path = open_file_system(folder)
    scheme, is_uri, _rest = folder.partition("://")
    found = system.get_file_info(fs.FileSelector(path, allow_not_found=True, recursive=True))
    for info in sorted(found, key=lambda info: info.path):
        if info.type == fs.FileType.File:
            yield f"{scheme}://{info.path}" if is_uri else info.path, info

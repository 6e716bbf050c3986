"""Names that reach SQL or the file system: checked against strict patterns, never quoted by hope."""

import re
from pathlib import Path

from realsyn_lib.errors import SettingError

REPORT = "report.html"  # below _files
VIEW_FILES = "view"  # folder below _files: vectors laid out for `realsyn view`
_CATALOG_NAME = re.compile(r"[A-Za-z0-9_]+(\.[A-Za-z0-9_]+){1,2}")


def check_catalog_name(name: str) -> None:
    """Refuse a ``catalog.schema`` with anything but letters, digits and underscores."""
    if not _CATALOG_NAME.fullmatch(name):
        raise SettingError(
            f"--warehouse {name!r} is no catalog.schema: expected letters, digits and _ parted by dots"
        )


def local_folder(location: str) -> Path | None:
    """Return a location as a local path, None where it is an object store or a catalog."""
    if location.startswith("file://"):
        return Path(location[7:])
    return None if "://" in location else Path(location)


def is_catalog_name(location: str) -> bool:
    """Say whether a warehouse is named as a schema of a catalog, not as a folder or URI."""
    return "/" not in location and location.count(".") in (1, 2)


def local_or_uri(location: str) -> str:
    """Make a local folder absolute; leave URIs and catalog names alone."""
    is_catalog = is_catalog_name(location) and not Path(location).exists()
    if "://" in location or (is_catalog and not location.startswith(".")):
        return location
    return str(Path(location).absolute())


def files_of(location: str, files: str | None) -> str:
    """Return where everything of a warehouse lies that is no table, absolute.

    Workers and later commands may have another working folder.
    """
    place = (files or f"{location}/_files").rstrip("/")
    return place if "://" in place else str(Path(place).absolute())


def lock_folder(location: str, files: str) -> Path | None:
    """Return the folder of a warehouse's locks; None where they are no files but rows of a table.

    Files of a catalog may look local (a Databricks volume), but another cluster's do too.
    """
    folder = None if is_catalog_name(location) else local_folder(files)
    return folder / "locks" if folder is not None else None


def local_catalog_folder(location: str, files: str | None) -> Path | None:
    """Return where the catalog of a local session lies: below --files; None where none is named."""
    if files is None or not is_catalog_name(location):
        return None
    folder = local_folder(files)
    return folder.absolute() / "catalog" if folder is not None else None

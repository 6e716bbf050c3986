"""The files beside a warehouse's tables, for commands that need no Spark."""

import argparse

from jobs.names import is_catalog_name, local_folder, local_or_uri
from realsyn_lib.errors import InputError, SettingError
from realsyn_lib.files import open_file_system


def files_beside(arguments: argparse.Namespace) -> str:
    """Return the folder or URI that the arguments of ``add_common_arguments`` name for files.

    Raises:
        InputError: the warehouse is not there.
        SettingError: a schema of a catalog, and no --files.
    """
    location = local_or_uri(arguments.warehouse)
    if arguments.files:
        return local_or_uri(arguments.files).rstrip("/")
    if is_catalog_name(location):
        raise SettingError(
            f"--warehouse {location} is a schema: say --files, the folder or URI beside its tables"
        )
    folder = local_folder(location)
    if folder is not None and not folder.is_dir():
        raise InputError(
            f"--warehouse {folder} is no warehouse: there is no such folder; name the folder that "
            "`realsyn run` or `realsyn demo` wrote"
        )
    open_file_system(location)  # an unknown scheme is told here
    return f"{location.rstrip('/')}/_files"

"""Python, memory and disk."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from jobs.names import local_folder, local_or_uri
from realsyn_lib.config import Config
from realsyn_lib.errors import EnvironmentFault

_PYTHON = ((3, 11), (3, 14))
_MIN_FREE_BYTES = 2 * 2**30
_WORKERS_BYTES = 2 * 2**30  # two Python workers with the local models, beside Spark's own memory
_UNITS = {"m": 2**20, "g": 2**30}


def check_python() -> str:
    """Return the version of Python.

    Raises:
        EnvironmentFault: this one is not supported.
    """
    lowest, below = _PYTHON
    if not lowest <= sys.version_info[:2] < below:
        raise EnvironmentFault(
            f"Python is {sys.version.split()[0]}, expected 3.11, 3.12 or 3.13; make the environment "
            "with one of these"
        )
    return sys.version.split()[0]


def check_memory(config: Config) -> str:
    """Return the free memory beside what the settings ask for.

    Raises:
        EnvironmentFault: less is free than Spark's driver and its workers need.
    """
    needed = _driver_bytes(config) + _WORKERS_BYTES
    free = available_bytes()
    if free is None:
        return "unknown on this system"
    text = f"{_gib(free)} free, {_gib(needed)} wanted"
    if free < needed:
        raise EnvironmentFault(
            f"{text}; close other programs, or run with --set spark.driver_memory=2g"
        )
    return text


def check_temporary() -> str:
    """Check the folder in which Spark spills and Python unpacks."""
    return _check_folder(Path(tempfile.gettempdir()), "set TMPDIR to another folder")


def check_warehouse(location: str) -> str:
    """Check that a warehouse can be written where it is, or where it would be made."""
    place = local_or_uri(location)
    folder = local_folder(place)
    if folder is None or "/" not in place:
        return f"{place} is no local folder; Spark's own credentials decide"
    while not folder.exists():
        folder = folder.parent
    return _check_folder(folder, "choose another --warehouse")


def _check_folder(folder: Path, remedy: str) -> str:
    if not folder.is_dir():
        raise EnvironmentFault(f"{folder} is no folder; {remedy}")
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".realsyn-"):
            pass
    except OSError as error:
        raise EnvironmentFault(
            f"{folder} cannot be written ({error.strerror}); give this user the right, or {remedy}"
        ) from error
    free = shutil.disk_usage(folder).free
    if free < _MIN_FREE_BYTES:
        raise EnvironmentFault(
            f"{folder} has {_gib(free)} free, expected {_gib(_MIN_FREE_BYTES)}; free space or {remedy}"
        )
    return f"{folder}, {_gib(free)} free"


def _driver_bytes(config: Config) -> int:
    asked = config.spark.driver_memory
    return int(asked[:-1]) * _UNITS[asked[-1]] if asked else 2**30


def available_bytes() -> int | None:
    """Return the memory that may still be used; None where the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        names = os.sysconf_names
        if "SC_PHYS_PAGES" not in names:
            return None
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    sizes = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines}
    return sizes.get("MemAvailable")


def _gib(count: int) -> str:
    return f"{count / 2**30:.1f} GiB"

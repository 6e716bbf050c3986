"""The commits of a Delta table on a local disk, read from its log: no Spark job, newest first.

The protocol names a commit by its version in twenty digits and lets it appear whole, so that a
listing is the history. Catalogs and object stores are asked through ``DeltaTable.history``.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_COMMIT_FILE = re.compile(r"(\d{20})\.json")


def local_versions(table: Path) -> list[int]:
    """Return the versions that the log of a table names, newest first; none without a table."""
    try:
        names = [path.name for path in (table / "_delta_log").iterdir()]
    except (FileNotFoundError, NotADirectoryError):
        return []
    found = [_COMMIT_FILE.fullmatch(name) for name in names]
    return sorted((int(match[1]) for match in found if match), reverse=True)


def local_commits(table: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield version and commitInfo of each commit, newest first, each read when it is asked for."""
    for version in local_versions(table):
        yield version, _commit_info(table / "_delta_log" / f"{version:020d}.json")


def _commit_info(path: Path) -> dict[str, Any]:
    """Return the commitInfo action; the protocol lets a writer leave it out."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.startswith('{"commitInfo"'):
                found: dict[str, Any] = json.loads(line)["commitInfo"]
                return found
    return {}

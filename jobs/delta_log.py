"""The commits of a Delta table on a local disk, read from its log: no Spark job, newest first.

The protocol names a commit by its version in twenty digits and lets it appear whole, so that a
listing is the history. Catalogs and object stores are asked through ``DeltaTable.history``.
"""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from realsyn_lib.errors import ContractError

_COMMIT_FILE = re.compile(r"(\d{20})\.json")


def local_versions(table: Path) -> list[int]:
    """Return the versions that the log of a table names, newest first; none without a table."""
    try:
        names = [path.name for path in (table / "_delta_log").iterdir()]
    except (FileNotFoundError, NotADirectoryError):
        return []
    return versions_in(names)


def versions_in(names: Iterable[str]) -> list[int]:
    """Return the versions of the commits among the files of a log, newest first."""
    found = [_COMMIT_FILE.fullmatch(name) for name in names]
    return sorted((int(match[1]) for match in found if match), reverse=True)


def has_only_beginnings(table: Path) -> bool:
    """Say whether the log of a table holds nothing but what its first commit was begun with.

    A run that died there, or a full disk, leaves it so, and Delta takes it for a table that is gone.
    """
    log = table / "_delta_log"
    files = [path for path in log.rglob("*") if path.is_file()] if log.is_dir() else None
    return files is not None and all(path.name.startswith(".") for path in files)


def local_commits(table: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield version and commitInfo of each commit, newest first, each read when it is asked for."""
    for version in local_versions(table):
        yield version, _commit_info(table / "_delta_log" / f"{version:020d}.json")


def local_properties(table: Path) -> dict[str, str] | None:
    """Return a table's properties, None without a table.

    They stand in the newest ``metaData`` action: of a commit since the last checkpoint, else in it.
    """
    versions = local_versions(table)
    if not versions:
        return None
    log = table / "_delta_log"
    checkpoints: dict[str, list[Path]] = {}
    for path in sorted(log.glob("*.checkpoint*.parquet")):
        checkpoints.setdefault(path.name[:20], []).append(path)
    for version in (f"{number:020d}" for number in versions):
        metadata = _action(log / f"{version}.json", "metaData")
        metadata = metadata or _of_checkpoint(checkpoints.get(version, []))
        if metadata is not None:
            return dict(metadata["configuration"])
    return {}


def _of_checkpoint(parts: list[Path]) -> dict[str, Any] | None:
    """Return the metaData action of a checkpoint, of one file or several; None without one."""
    for part in parts:
        rows = pq.read_table(part, columns=["metaData"])["metaData"].drop_null().to_pylist()
        if rows:
            return dict(rows[0])
    return None


def _commit_info(path: Path) -> dict[str, Any]:
    """Return the commitInfo action; the protocol lets a writer leave it out."""
    return _action(path, "commitInfo") or {}


def _action(path: Path, name: str) -> dict[str, Any] | None:
    """Return the action of that name in a commit, None where it has none.

    Raises:
        ContractError: the commit is damaged.
    """
    try:
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                if line.startswith(f'{{"{name}"'):
                    found: dict[str, Any] = json.loads(line)[name]
                    return found
    except ValueError as error:  # no UTF-8, too
        raise ContractError(
            f"{path}: holds what no commit holds ({str(error)[:100]}): the disk has changed it; restore the "
            "table's folder from a backup; `realsyn verify` tells what else is damaged"
        ) from error
    return None

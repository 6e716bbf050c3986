"""Which commits of a table changed its rows, and which only laid them out anew."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from delta.tables import DeltaTable

# A commit of `realsyn forget` notes it: what is left holds for what stages have made of it.
FORGETTING = "forgetting"
# Maintenance after which rows lie in other files, and maintenance that leaves them.
_MOVING = ("OPTIMIZE", "REORG")
_STILL = ("VACUUM START", "VACUUM END", "SET TBLPROPERTIES", "UNSET TBLPROPERTIES", "FSCK")
_FEW_COMMITS = 20


@dataclass(frozen=True)
class Commit:
    """One entry of a table's history that changed its content.

    Attributes:
        restored_to: the version whose content it brought back; None for any other operation.
        time_ms: when it was made, by the writer's clock, in milliseconds since 1970.
        newest: the newest version with its rows: itself, or the last maintenance after it.
        is_moved: maintenance has put its rows in other files since.
    """

    version: int
    operation: str
    restored_to: int | None
    user_metadata: dict[str, str]
    time_ms: int
    newest: int
    is_moved: bool

    def holds(self, version: int | None) -> bool:
        """Say whether its rows are those of a version: made by it, or brought back from it."""
        return self.spans(version) or (version is not None and version == self.restored_to)

    def spans(self, version: int | None) -> bool:
        """Say whether a version is this commit's, or that of maintenance after it."""
        return version is not None and self.version <= version <= self.newest


def content_commits(found: Iterable[tuple[int, Mapping[str, Any]]]) -> Iterator[Commit]:
    """Yield those that are no maintenance, of (version, commitInfo), both newest first."""
    newest, is_moved = None, False
    for version, info in found:
        operation = info.get("operation") or "UNKNOWN"
        newest = version if newest is None else newest
        note = _note(info)
        is_moving = operation in _MOVING or FORGETTING in note
        if is_moving or operation in _STILL:
            is_moved |= is_moving
            continue
        yield _commit(version, operation, info, note, newest, is_moved)
        newest, is_moved = None, False


def told_history(table: DeltaTable) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield version and commitInfo, newest first: a few at first, which mostly do, then all."""
    seen = 0
    for asked in (_FEW_COMMITS, None):
        history = table.history(asked) if asked else table.history()
        rows = history.selectExpr(
            "version", "operation", "operationParameters", "userMetadata",
            "unix_millis(timestamp) AS timestamp", "operationMetrics",
        ).collect()  # fmt: skip
        for row in rows[seen:]:
            yield row.version, row.asDict()
        seen = len(rows)
        if asked and seen < asked:
            return


def _commit(
    version: int, operation: str, info: Mapping[str, Any], note: dict[str, str], newest: int,
    is_moved: bool,
) -> Commit:  # fmt: skip
    parameters = info.get("operationParameters") or {}
    restored = parameters.get("version") if operation == "RESTORE" else None
    restored_to = int(restored) if restored is not None else None
    time_ms = int(info.get("timestamp") or 0)
    return Commit(version, operation, restored_to, note, time_ms, newest, is_moved)


def _note(info: Mapping[str, Any]) -> dict[str, str]:
    """Return what the writer noted; others than ours may note anything."""
    try:
        found = json.loads(info.get("userMetadata") or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}

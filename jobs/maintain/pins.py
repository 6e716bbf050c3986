"""How far back VACUUM must keep a table's files, so that no version in use loses one."""

import math
from collections.abc import Iterable

from jobs.commits import Commit
from jobs.ledger import StageRun
from jobs.table_layout import REMEMBERED_DAYS

_HOUR_MS = 3_600_000
_SLACK_MS = 300_000  # between this clock and the one that Delta reads when it begins
_MOST_HOURS = 24.0 * REMEMBERED_DAYS


def pinned_versions(runs: Iterable[StageRun], table: str) -> set[int]:
    """Return the versions of a table that published runs wrote, or read and may go on from."""
    pins = set()
    for run in runs:
        for versions in (run.output_versions, run.input_versions):
            if table in versions:
                pins.add(versions[table])
    return pins


def hours_to_keep(
    commits: Iterable[Commit], pins: set[int], asked: float, now_ms: int
) -> int | None:
    """Return the whole hours for which files stay that later versions do without; at least ``asked``.

    A file goes once it was left out so long ago. The files of a pinned version were left out after
    it was made, so the time since then keeps them. The newest rows need nothing, unless maintenance
    has moved them: their own version then rests on files that were left out.

    Args:
        commits: of the table, newest first; read no further than the last pin.
        pins: versions that must stay readable.
        asked: hours.
        now_ms: the time, in milliseconds since 1970.

    Returns:
        None where a pin is no longer in the log, or is older than what the log remembers: then it
        cannot be told which files it needs.
    """
    open_pins, hours = set(pins), asked
    is_head = True
    for commit in commits:
        if not open_pins:
            break
        held = {pin for pin in open_pins if commit.holds(pin)}
        if held and (commit.is_moved or not is_head):
            hours = max(hours, (now_ms - commit.time_ms + _SLACK_MS) / _HOUR_MS)
        open_pins -= held
        is_head = False
    return None if open_pins or hours > max(asked, _MOST_HOURS) else math.ceil(hours)

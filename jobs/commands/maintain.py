"""realsyn maintain: small files merged, unneeded ones removed, what dead runs left cleaned away."""

import argparse
import math
from collections.abc import Iterable

from jobs.maintain.files import Removed
from jobs.maintain.tables import Upkeep
from jobs.maintain.warehouse import Maintenance, maintain_warehouse
from jobs.published import open_published
from jobs.runtime import add_common_arguments
from realsyn_lib.errors import LockedError, SettingError

_RETAIN_HOURS = 168.0


def add_parser(subparsers: argparse._SubParsersAction) -> None:  # type: ignore[type-arg]
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "maintain", help="merge small files, remove those that nothing needs"
    )
    add_common_arguments(parser)
    parser.add_argument(
        "--retain", type=float, default=_RETAIN_HOURS, metavar="HOURS",
        help="older versions stay readable so long (default %(default)g: a week)",
    )  # fmt: skip
    parser.set_defaults(work=maintain)


def maintain(arguments: argparse.Namespace) -> int:
    """Print a line for each table as it is done, then what was removed beside them."""
    if not 0 <= arguments.retain < math.inf:
        raise SettingError(f"--retain is {arguments.retain:g}, expected hours from 0 on")
    done = maintain_warehouse(
        open_published(arguments), arguments.retain, lambda upkeep: print(_line(upkeep), flush=True)
    )
    for removed in done.removed:
        print(f"removed _files/{removed.place}, {removed.size_bytes:,} bytes")
    print(_total(done.tables, done.removed))
    if done.locked:
        raise LockedError(_left(done))
    return 0


def _line(upkeep: Upkeep) -> str:
    facts = [f"{upkeep.files_before} files, now {upkeep.files_after}"]
    facts += [f"{upkeep.merged_files} small ones merged"] if upkeep.merged_files else []
    facts += [f"{upkeep.freed_files} freed, {upkeep.freed_bytes:,} bytes"]
    facts += [upkeep.note] if upkeep.note else []
    return f"{upkeep.table}: {'; '.join(facts)}"


def _total(tables: Iterable[Upkeep], removed: Iterable[Removed]) -> str:
    before, after = (
        sum(getattr(t, f"files_{when}") for t in tables) for when in ("before", "after")
    )
    freed = sum(table.freed_bytes for table in tables) + sum(piece.size_bytes for piece in removed)
    return f"{before} files, now {after}; {freed:,} bytes freed"


def _left(done: Maintenance) -> str:
    others = f" (and {len(done.locked) - 1} more)" if len(done.locked) > 1 else ""
    return f"{done.locked[0]}{others}; left as they are: {', '.join(done.left)}"

"""tdmrep.json: what a host keeps from text and data mining (W3C Community Group, TDMRep)."""

import json
from dataclasses import dataclass

from realsyn_lib.fetch.path_patterns import fits, normal_path, too_many_wildcards

TDMREP_PATH = "/.well-known/tdmrep.json"
MAX_TDMREP_BYTES = 524_288
_MOST_ITEMS = 20_000


@dataclass(frozen=True)
class Reservations:
    """Patterns of the paths whose rights are reserved."""

    patterns: tuple[str, ...] = ()

    def cover(self, request: str) -> bool:
        """Tell whether ``request``, a path with its query, is reserved.

        Where several items fit, one that reserves decides, and one that fits the path alone fits it with any
        query: no reading of the file uses what another keeps.
        """
        path = normal_path(request)
        spellings = {path, path.partition("?")[0]}
        return any(fits(pattern, one) for pattern in self.patterns for one in spellings)


def parse_tdmrep(data: bytes) -> Reservations:
    """Return the reservations of a file; what is no list of items, such as a page, reserves nothing."""
    try:
        items = json.loads(data)
    except (ValueError, RecursionError):
        return Reservations()
    if not isinstance(items, list):
        return Reservations()
    found = (_pattern(item) for item in items[:_MOST_ITEMS])
    patterns = tuple(dict.fromkeys(pattern for pattern in found if pattern))
    return Reservations(("/",) if too_many_wildcards(patterns) else patterns)


def _pattern(item: object) -> str | None:
    """Return the location of an item that reserves: 1, which some write as text."""
    if not isinstance(item, dict):
        return None
    location, reserved = item.get("location"), item.get("tdm-reservation")
    is_reserved = str(reserved).strip() in ("1", "1.0", "True")
    return normal_path(location) if is_reserved and isinstance(location, str) else None

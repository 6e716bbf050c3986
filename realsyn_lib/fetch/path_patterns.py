"""Patterns of paths as robots.txt (RFC 9309, 2.2.2) and tdmrep.json have them."""

import re
from collections.abc import Iterable

_MOST_WILDCARDS = 1_000  # each is looked for in the whole path; real files have dozens
_ESCAPED = re.compile(r"%[0-9A-Fa-f]{2}")
# What stands in the path that is sent as it is, and what must not: a blank, quotes, brackets.
_OTHER = re.compile(r"%(?![0-9A-Fa-f]{2})|[^%A-Za-z0-9\-._~!$&'()*+,;=:@/?]")
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def normal_path(text: str) -> str:
    """One spelling: unreserved letters plain, other escapes in upper case, other letters escaped."""
    return _OTHER.sub(_escaped, _ESCAPED.sub(_one, text) if "%" in text else text)


def _escaped(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match.group().encode("utf-8", "replace"))


def _one(match: re.Match[str]) -> str:
    letter = chr(int(match.group()[1:], 16))
    return letter if letter in _PLAIN else match.group().upper()


def too_many_wildcards(patterns: Iterable[str]) -> bool:
    """Tell a file whose patterns could not be held to every path in time: it is taken to refuse all."""
    return sum("*" in pattern for pattern in patterns) > _MOST_WILDCARDS


def fits(pattern: str, path: str) -> bool:
    """Match ``*`` as any run of letters and a last ``$`` as the end, in linear time.

    Both are normal. Each piece is taken at its first place: no hostile pattern makes it try again.
    """
    to_end = pattern.endswith("$")
    first, *pieces = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    if not pieces:
        return not to_end or path == first
    at = len(first)
    for piece in pieces[:-1] if to_end else pieces:
        found = path.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return not to_end or (len(path) - at >= len(pieces[-1]) and path.endswith(pieces[-1]))

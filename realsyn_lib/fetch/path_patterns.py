"""Patterns of paths as robots.txt (RFC 9309, 2.2.2) and tdmrep.json have them."""

import re

_ESCAPED = re.compile(r"%[0-9A-Fa-f]{2}")
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def normal_path(text: str) -> str:
    """One spelling: unreserved letters plain, other escapes in upper case, other letters escaped."""
    if text.isascii() and "%" not in text:
        return text
    decoded = _ESCAPED.sub(_one, text)
    return "".join(
        c if c.isascii() else "".join(f"%{b:02X}" for b in c.encode("utf-8", "replace"))
        for c in decoded
    )


def _one(match: re.Match[str]) -> str:
    letter = chr(int(match.group()[1:], 16))
    return letter if letter in _PLAIN else match.group().upper()


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

"""robots.txt: which addresses of a host we may ask for (RFC 9309)."""

import re
from dataclasses import dataclass

MAX_ROBOTS_BYTES = 524_288  # RFC 9309 wants at least 500 KiB to be read
_MOST_RULES = 20_000
_ESCAPED = re.compile(r"%[0-9A-Fa-f]{2}")
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_TOKEN = re.compile(r"[a-z_-]+")


@dataclass(frozen=True)
class RobotsRules:
    """The rules for one agent: (pattern, may be asked for)."""

    rules: tuple[tuple[str, bool], ...] = ()

    def allows(self, request: str) -> bool:
        """Tell whether ``request``, a path with its query, may be asked for.

        The longest pattern that fits decides; of equals, the one that allows. Without any it may.
        """
        path = _normal(request)
        fits = [(len(pattern), allowed) for pattern, allowed in self.rules if _fits(pattern, path)]
        return max(fits, default=(0, True))[1]


def parse_robots(data: bytes, agent: str) -> RobotsRules:
    """Return the rules for ``agent``: those of its groups, else those for ``*``.

    Args:
        data: the file; letters that are no UTF-8 are replaced, lines that say nothing passed over.
        agent: our name in lower case; a group may name it with a version behind.
    """
    own: list[tuple[str, bool]] = []
    general: list[tuple[str, bool]] = []
    is_named = False
    here: list[list[tuple[str, bool]]] = []
    in_names = False
    for line in data.decode("utf-8", "replace").removeprefix("\ufeff").splitlines():
        key, _, value = (text.strip() for text in line.partition("#")[0].partition(":"))
        key = key.lower()
        if key == "user-agent":
            here = here if in_names else []
            in_names = True
            name = _TOKEN.match(value.lower())
            if value == "*":
                here.append(general)
            elif name is not None and name.group() == agent:
                here.append(own)
                is_named = True
        elif key in ("allow", "disallow"):
            in_names = False
            for rules in here:
                if value and len(rules) < _MOST_RULES:
                    rules.append((_normal(value), key == "allow"))
    return RobotsRules(tuple(dict.fromkeys(own if is_named else general)))


def _normal(text: str) -> str:
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


def _fits(pattern: str, path: str) -> bool:
    """Match ``*`` as any run of letters and a last ``$`` as the end, in linear time.

    Each piece is taken at its first place: no hostile pattern makes it try again.
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

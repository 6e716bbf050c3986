"""robots.txt: which addresses of a host we may ask for (RFC 9309)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from realsyn_lib.fetch.path_patterns import fits, normal_path, too_many_wildcards

MAX_ROBOTS_BYTES = 524_288  # RFC 9309 wants at least 500 KiB to be read
_MOST_RULES = 20_000
_MOST_PATTERN_CHARS = 8_192  # no address is longer
_TOKEN = re.compile(r"[a-z_-]+")


@dataclass(frozen=True)
class RobotsRules:
    """The rules for one agent: (pattern, may be asked for), the first that fits decides."""

    rules: tuple[tuple[str, bool], ...] = ()

    def allows(self, request: str) -> bool:
        """Tell whether ``request``, a path with its query, may be asked for.

        The longest pattern that fits decides; of equals, the one that allows. Without any it may.
        """
        path = normal_path(request)
        return next((allowed for pattern, allowed in self.rules if fits(pattern, path)), True)


def parse_robots(data: bytes, agent: str) -> RobotsRules:
    """Return the rules for ``agent``: those of its groups, else those for ``*``.

    Args:
        data: the file; letters that are no UTF-8 are replaced, lines that say nothing passed over.
        agent: our name in lower case; a group may name it with a version behind.
    """
    groups: dict[str, dict[tuple[str, bool], None]] = {}
    here: set[str] = set()
    in_names = False
    for line in data.decode("utf-8", "replace").removeprefix("\ufeff").splitlines():
        key, _, value = (text.strip() for text in line.partition("#")[0].partition(":"))
        key = key.lower()
        if key == "user-agent":
            here = here if in_names else set()
            in_names = True
            token = _TOKEN.match(value.lower())
            name = "*" if value == "*" else token.group() if token else ""
            if name in ("*", agent):
                here.add(name)
                groups.setdefault(name, {})
        elif key in ("allow", "disallow"):
            in_names = False
            if here and value and len(value) <= _MOST_PATTERN_CHARS:
                rule = (normal_path(value), key == "allow")
                for name in here:
                    groups[name][rule] = None
    return RobotsRules(_in_order(groups.get(agent, groups.get("*", {}))))


def _in_order(rules: Iterable[tuple[str, bool]]) -> tuple[tuple[str, bool], ...]:
    """Return the longest patterns first; of equals, those that allow."""
    most = tuple(rules)[:_MOST_RULES]
    if too_many_wildcards(pattern for pattern, _ in most):
        return (("/", False),)
    return tuple(sorted(most, key=lambda rule: (-len(rule[0]), not rule[1])))

"""robots.txt: which addresses of a host we may ask for (RFC 9309)."""

import re
from dataclasses import dataclass

from realsyn_lib.fetch.path_patterns import fits, normal_path

MAX_ROBOTS_BYTES = 524_288  # RFC 9309 wants at least 500 KiB to be read
_MOST_RULES = 20_000
_TOKEN = re.compile(r"[a-z_-]+")


@dataclass(frozen=True)
class RobotsRules:
    """The rules for one agent: (pattern, may be asked for)."""

    rules: tuple[tuple[str, bool], ...] = ()

    def allows(self, request: str) -> bool:
        """Tell whether ``request``, a path with its query, may be asked for.

        The longest pattern that fits decides; of equals, the one that allows. Without any it may.
        """
        path = normal_path(request)
        found = [(len(pattern), allowed) for pattern, allowed in self.rules if fits(pattern, path)]
        return max(found, default=(0, True))[1]


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
                    rules.append((normal_path(value), key == "allow"))
    return RobotsRules(tuple(dict.fromkeys(own if is_named else general)))

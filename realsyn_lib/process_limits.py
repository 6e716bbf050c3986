"""Bounds that a process sets to itself."""

import resource


def lower_limit(kind: int, most: int) -> None:
    """Set a limit of this process (``RLIMIT_*``) to ``most``, or to a lower one that it was given."""
    _soft, hard = resource.getrlimit(kind)
    bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (bound, bound))

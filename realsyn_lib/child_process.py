"""What the processes share that take on what could hold or break a task: code they find, bounds."""

import os
import resource
import sys


def child_environment() -> dict[str, str]:
    """Return an environment in which ``python -m`` finds the modules that this process finds."""
    path = os.pathsep.join(path or os.getcwd() for path in sys.path)
    return {**os.environ, "PYTHONPATH": path}


def limit_memory(most_bytes: int) -> None:
    """Bound the address space of this process, which leaves no core dump when it dies of it."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":  # elsewhere the address space cannot be limited reliably
        lower_limit(resource.RLIMIT_AS, most_bytes)


def lower_limit(kind: int, most: int) -> None:
    """Set a limit of this process (``RLIMIT_*``) to ``most``, or to a lower one that it was given."""
    _soft, hard = resource.getrlimit(kind)
    bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (bound, bound))

"""Products on a device that answers with the largest of each query: set once for a process."""

from collections.abc import Callable

from realsyn_lib.embeddings import Ids, Vectors

Knn = Callable[[Vectors, Vectors, int], tuple[Vectors, Ids]]
"""(n, width) queries, (m, width) members, k -> (n, k) products, best first, and member rows."""

_in_use: list[Knn] = []


def multiply_on(knn: Knn | None) -> None:
    """Let all searches of this process multiply by ``knn``; None: by numpy, as from the start."""
    _in_use[:] = [] if knn is None else [knn]


def device_knn() -> Knn | None:
    """Return what searches multiply by, None for numpy."""
    return _in_use[0] if _in_use else None

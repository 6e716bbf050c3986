"""What an index file holds, mapped once for each worker process."""

from functools import lru_cache
from typing import Protocol, TypeVar, cast

Opened = TypeVar("Opened", covariant=True)
Same = TypeVar("Same")


class Index(Protocol[Opened]):
    """An index that travels with a task."""

    def open_mapped(self) -> Opened:
        """Return its arrays; those of a file are views of the mapped file."""
        ...

    def __hash__(self) -> int: ...


def mapped(index: Index[Same]) -> Same:
    """Return ``index.open_mapped()``; the pages are shared by the workers of a node.

    Not ``udfs.device.resident``: that module loads torch, which these tasks never use.
    """
    return cast(Same, _mapped(index))


@lru_cache(maxsize=2)
def _mapped(index: Index[object]) -> object:
    return index.open_mapped()

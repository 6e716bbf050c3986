"""A list cut into runs of bounded size."""

from collections.abc import Iterator, Sequence, Sized
from typing import TypeVar

Item = TypeVar("Item", bound=Sized)


def slices_by_size(items: Sequence[Item], most: int) -> Iterator[Sequence[Item]]:
    """Cut a list into runs whose lengths add up to at most ``most``; a longer item comes alone."""
    start, held = 0, 0
    for index, item in enumerate(items):
        if index > start and held + len(item) > most:
            yield items[start:index]
            start, held = index, 0
        held += len(item)
    if start < len(items):
        yield items[start:]

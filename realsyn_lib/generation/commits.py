"""Which prompts are asked for together: commits of a bounded size over buckets of any size."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple


class Part(NamedTuple):
    """The prompts of a bucket whose place, from 0, over the size of a commit is ``number``."""

    bucket: int
    number: int


def commits(counts: Sequence[tuple[int, int]], rows: int) -> Iterator[list[Part]]:
    """Yield the parts of each commit, of at most ``rows`` prompts together.

    A large bucket is cut, small ones share a commit: a few new prompts in each of a thousand
    buckets are no thousand jobs.

    Args:
        counts: (bucket, prompts to be asked) in order; buckets without any may be among them.
        rows: at least 1.
    """
    held: list[Part] = []
    size = 0
    for bucket, count in counts:
        for number in range(-(-count // rows)):
            part = min(rows, count - number * rows)
            if held and size + part > rows:
                yield held
                held, size = [], 0
            held.append(Part(bucket, number))
            size += part
    if held:
        yield held

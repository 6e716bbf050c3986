"""Whether work takes the time it may: of a processor, so that the load of others counts little."""

import time
from collections.abc import Callable

TRIES = 3  # a machine that was slow for seconds is no finding


def takes_time_in_proportion(work: Callable[[int], object], size: int) -> bool:
    """Say whether four times the size takes far less than sixteen times as long, as the square would."""
    return any(
        _seconds(lambda: work(size)) < 10 * max(_seconds(lambda: work(size // 4)), 0.01)
        for _ in range(TRIES)
    )


def ends_within(seconds: float, work: Callable[[], object]) -> bool:
    """Say whether it takes fewer seconds."""
    return any(_seconds(work) < seconds for _ in range(TRIES))


def _seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started

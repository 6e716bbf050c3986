"""Work on the next items in threads, while the caller is busy with the present one."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def worked_ahead(
    items: Iterator[Item], work: Callable[[Item, int], Result], lanes: int
) -> Iterator[tuple[Item, Result]]:
    """Yield each item with what ``work(item, lane)`` made of it, in the order of the items.

    While the caller handles one item, ``lanes`` others are worked on, each in a thread of its own;
    no more than these ``lanes`` + 1 items and results exist at once. Of the calls at one time each
    has another lane, a number below ``lanes``. An error of ``work`` is raised where its item is due.
    """
    free: SimpleQueue[int] = SimpleQueue()
    for lane in range(lanes):
        free.put(lane)

    def in_lane(item: Item) -> Result:
        lane = free.get()
        try:
            return work(item, lane)
        finally:
            free.put(lane)

    waiting: deque[tuple[Item, Future[Result]]] = deque()
    with ThreadPoolExecutor(lanes) as threads:
        for item in items:
            waiting.append((item, threads.submit(in_lane, item)))
            if len(waiting) > lanes:
                first, made = waiting.popleft()
                yield first, made.result()
        while waiting:
            first, made = waiting.popleft()
            yield first, made.result()

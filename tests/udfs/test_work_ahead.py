"""Work in threads, in order, never more of it than was said."""

import threading

import pytest

from udfs.work_ahead import worked_ahead


def test_results_come_with_their_items_in_order():
    found = list(worked_ahead(iter(range(20)), lambda item, _lane: item * 10, lanes=3))
    assert found == [(n, 10 * n) for n in range(20)]
    assert list(worked_ahead(iter([]), lambda item, _lane: item, lanes=2)) == []


def test_the_next_items_are_worked_on_while_the_caller_has_one():
    """Each call waits for its successor to have begun: without work ahead it would wait for ever."""
    begun = [threading.Event() for _ in range(6)]

    def work(item: int, _lane: int) -> int:
        begun[item].set()
        return item

    for item, _ in worked_ahead(iter(range(6)), work, lanes=1):
        if item < 5:
            assert begun[item + 1].wait(timeout=20)


def test_no_more_items_are_taken_than_lanes_and_one():
    taken = []

    def items():
        for n in range(10):
            taken.append(n)
            yield n

    ahead = worked_ahead(items(), lambda item, _lane: item, lanes=2)
    next(ahead)
    assert taken == [0, 1, 2]
    ahead.close()


def test_two_calls_at_one_time_have_two_lanes():
    together = threading.Barrier(3, timeout=20)
    lanes = []

    def work(_item: int, lane: int) -> None:
        together.wait()  # three calls are in here at once
        lanes.append(lane)

    list(worked_ahead(iter(range(9)), work, lanes=3))
    assert sorted(lanes) == [0, 0, 0, 1, 1, 1, 2, 2, 2]


def test_an_error_is_raised_where_its_item_is_due():
    def work(item: int, _lane: int) -> int:
        if item == 2:
            raise ValueError("two")
        return item

    ahead = worked_ahead(iter(range(5)), work, lanes=2)
    assert [next(ahead)[0], next(ahead)[0]] == [0, 1]
    with pytest.raises(ValueError, match="two"):
        next(ahead)

"""The square of a size is told apart from the size itself, on this machine as on any."""

from tests.in_time import ends_within, takes_time_in_proportion


def one_round(times):
    return sum(number % 7 for number in range(times))


def a_round_for_each(times):
    return sum(one_round(times) for _ in range(times))


def test_what_takes_each_part_once_is_in_proportion():
    assert takes_time_in_proportion(one_round, 2_000_000)


def test_what_takes_all_parts_for_each_is_not():
    assert not takes_time_in_proportion(a_round_for_each, 2_000)


def test_what_takes_longer_does_not_end_in_time():
    assert not ends_within(0.01, lambda: one_round(5_000_000))
    assert ends_within(10.0, lambda: one_round(5_000))

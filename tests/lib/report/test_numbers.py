"""Numbers as people read them."""

import pytest

from realsyn_lib.report.numbers import percent, rounded_rows, short_number


def test_numbers_of_an_axis_are_short():
    assert [short_number(value) for value in (0.12345, 2000.0, 80.0)] == ["0.123", "2,000", "80"]


@pytest.mark.parametrize(
    ("rows", "told"),
    [(336e6, "336M"), (168.3e6, "168.3M"), (2.13e9, "2.13B"), (0.84e9, "0.84B"), (1484, "1,484")],
)
def test_rows_are_rounded_as_the_paper_states_them(rows, told):
    assert rounded_rows(int(rows)) == told


def test_a_share_of_nothing_is_a_dash():
    assert [percent(285, 336), percent(1, 1), percent(0, 0)] == ["84.8 %", "100.0 %", "-"]

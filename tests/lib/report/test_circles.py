"""Circles of two sets: areas as the counts."""

import math

import numpy as np
import pytest

from realsyn_lib.report.circles import circles_of


def counted_overlap(first: float, second: float, distance: float) -> float:
    """The area that both circles cover, by counting points of a fine grid."""
    grid = np.linspace(-1.5, 2.5, 2001)
    x, y = np.meshgrid(grid, grid)
    both = (x**2 + y**2 < first**2) & ((x - distance) ** 2 + y**2 < second**2)
    return float(both.mean() * 16)


@pytest.mark.parametrize("counts", [(50, 50, 50), (10, 5, 200), (300, 40, 1)])
def test_areas_and_overlap_are_as_the_counts(counts):
    only_first, shared, only_second = counts
    circles = circles_of(*counts)
    largest = max(only_first, only_second) + shared
    assert circles.first**2 == pytest.approx((only_first + shared) / largest)
    assert circles.second**2 == pytest.approx((only_second + shared) / largest)
    overlap = counted_overlap(circles.first, circles.second, circles.distance)
    assert overlap == pytest.approx(math.pi * shared / largest, abs=0.01)


def test_sets_that_share_nothing_touch_and_a_part_lies_inside_the_whole():
    apart = circles_of(10, 0, 10)
    assert apart.distance == pytest.approx(2.0)
    inside = circles_of(75, 25, 0)
    assert inside.distance == pytest.approx(inside.first - inside.second, abs=1e-6)


def test_an_empty_set_has_no_area():
    assert circles_of(4, 0, 0).second == 0.0
    assert circles_of(0, 0, 0).first == 0.0

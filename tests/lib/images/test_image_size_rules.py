"""The borders of the size rules, as the paper draws them."""

from realsyn_lib.images.quality import size_reason
from realsyn_lib.images.rules import ImageRules

RULES = ImageRules(min_side_px=100, max_aspect_ratio=3.0, max_pixels=64_000_000)


def reasons(*sizes):
    return [size_reason(*size, RULES) for size in sizes]


def test_a_side_of_100_is_kept_and_99_is_too_small():
    assert reasons((100, 200), (99, 200), (200, 99)) == [None, "too_small", "too_small"]


def test_a_ratio_of_exactly_three_is_kept_either_way():
    assert reasons((300, 100), (100, 300)) == [None, None]


def test_a_ratio_above_three_is_dropped_either_way():
    assert reasons((301, 100), (100, 301)) == ["aspect_ratio", "aspect_ratio"]


def test_small_and_narrow_counts_as_too_small():
    assert reasons((20_000, 1)) == ["too_small"]

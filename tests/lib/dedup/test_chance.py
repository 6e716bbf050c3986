import pytest

from realsyn_lib.dedup.chance import chance_neighbours, safe_distance
from realsyn_lib.errors import SettingError


def test_three_hundred_million_hashes_are_safe_at_six_bits_and_not_at_seven():
    safe = safe_distance(300_000_000, wanted=10)
    assert safe.distance == 6
    assert safe.chance_neighbours == pytest.approx(0.00135, rel=0.01)
    assert chance_neighbours(300_000_000, 7) > 0.01


def test_a_small_corpus_keeps_the_distance_it_asked_for():
    assert safe_distance(1000, wanted=6).distance == 6


def test_a_distance_out_of_range_is_refused():
    with pytest.raises(SettingError, match="distance 13, expected 0 to 12"):
        safe_distance(10, wanted=13)

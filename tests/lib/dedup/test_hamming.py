import numpy as np
import pytest

from realsyn_lib.dedup.hamming import (
    band_masks,
    bands_sql,
    blocks_for,
    chance_neighbours,
    near_hashes,
    safe_distance,
)
from realsyn_lib.errors import SettingError


def planted_hashes(distances):
    """Random hashes, each with a partner that differs in so many random bits."""
    generator = np.random.default_rng(3)
    base = generator.integers(-(2**63), 2**63 - 1, len(distances), dtype=np.int64)
    flips = [
        sum(1 << int(bit) for bit in generator.choice(64, distance, replace=False))
        for distance in distances
    ]
    return np.concatenate(
        [base, (base.view(np.uint64) ^ np.array(flips, np.uint64)).view(np.int64)]
    )


@pytest.mark.parametrize("distance", [0, 1, 6, 12])
@pytest.mark.parametrize("extra_blocks", [1, 3])
def test_every_pair_within_the_distance_is_found_and_no_other(distance, extra_blocks):
    hashes = planted_hashes([1, 2, 5, 6, 7, 11, 12, 13] * 5)
    apart = np.bitwise_count((hashes[:, None] ^ hashes[None, :]).view(np.uint64))
    slow = np.argwhere(np.triu(apart <= distance, k=1))
    found = near_hashes(hashes, distance, blocks=distance + extra_blocks)
    assert found.tolist() == slow.tolist()


def test_pairs_are_found_wherever_the_bits_differ():
    for bit in range(64):
        hashes = np.array([0, 1 << bit], dtype=np.uint64).view(np.int64)
        assert near_hashes(hashes, 1).tolist() == [[0, 1]]


def test_the_fewest_bands_cover_each_bit_once():
    masks = band_masks(6)
    assert len(masks) == 7
    assert sum(masks) == 2**64 - 1


def test_more_blocks_give_bands_of_more_bits():
    masks = band_masks(6, blocks=10)
    assert len(masks) == 210
    assert {mask.bit_count() for mask in masks} <= set(range(24, 29))


def test_more_hashes_are_worth_more_bands():
    blocks = [blocks_for(count, distance=6) for count in (100, 10**6, 3 * 10**8)]
    assert blocks[0] == 7
    assert blocks[0] < blocks[1] < blocks[2]


def test_three_hundred_million_hashes_are_safe_at_six_bits_and_not_at_seven():
    safe = safe_distance(300_000_000, wanted=10)
    assert safe.distance == 6
    assert safe.chance_neighbours == pytest.approx(0.00135, rel=0.01)
    assert chance_neighbours(300_000_000, 7) > 0.01


def test_a_small_corpus_keeps_the_distance_it_asked_for():
    assert safe_distance(1000, wanted=6).distance == 6


def test_a_distance_out_of_range_is_refused():
    with pytest.raises(SettingError, match="distance 13"):
        safe_distance(10, wanted=13)


def test_the_sql_names_each_band_once():
    assert bands_sql("phash", 1) == (
        "array(named_struct('band_no', 0, 'band', phash & 4294967295L), "
        "named_struct('band_no', 1, 'band', phash & -4294967296L))"
    )

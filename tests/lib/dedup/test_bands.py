import numpy as np
import pytest

from realsyn_lib.dedup.bands import bands_of, blocks_for, cheaper_blocks
from realsyn_lib.errors import SettingError


def test_the_fewest_bands_cover_each_bit_once():
    bands = bands_of(6)
    assert len(bands) == 7
    assert sum(bands.mask(band) for band in range(7)) == 2**64 - 1


def test_more_blocks_give_bands_of_more_bits():
    bands = bands_of(6, blocks=10)
    assert len(bands) == 210
    assert {bands.mask(band).bit_count() for band in range(210)} <= set(range(24, 29))


def test_bands_of_some_bits_use_no_others():
    bands = bands_of(1, blocks=3, positions=[2, 3, 5, 60, 61, 62])
    assert [bands.mask(band) for band in range(3)] == [
        1 << 2 | 1 << 3 | 1 << 5 | 1 << 60,
        1 << 2 | 1 << 3 | 1 << 61 | 1 << 62,
        1 << 5 | 1 << 60 | 1 << 61 | 1 << 62,
    ]


def test_the_first_band_of_a_pair_is_the_first_whose_bits_agree():
    bands = bands_of(6, blocks=9)
    differing = np.array([1 << 63 | 1 << 20 | 1, 0b111111 << 30, 0, 1 << 7], np.uint64)
    slow = [
        next(bands.mask(band) for band in range(len(bands)) if not bands.mask(band) & int(pair))
        for pair in differing
    ]
    assert bands.first_masks(differing).tolist() == slow


def test_more_hashes_are_worth_more_bands():
    blocks = [blocks_for(count, distance=6) for count in (100, 10**6, 3 * 10**8)]
    assert blocks[0] == 7
    assert blocks[0] < blocks[1] < blocks[2]


def test_few_hashes_or_bits_are_compared_all_with_all():
    assert cheaper_blocks(100, distance=6, bits=64) is None
    assert cheaper_blocks(10**6, distance=6, bits=6) is None
    assert cheaper_blocks(10**6, distance=6, bits=40) in range(7, 13)


@pytest.mark.parametrize(("distance", "blocks"), [(13, 14), (6, 6), (-1, 3), (2, 65)])
def test_a_distance_or_number_of_blocks_out_of_range_is_refused(distance, blocks):
    with pytest.raises(SettingError, match=f"distance {distance} with {blocks} blocks"):
        bands_of(distance, blocks)

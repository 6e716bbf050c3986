import numpy as np
import pytest

import realsyn_lib.dedup.near_hashes as search
from realsyn_lib.dedup.bands import bands_of
from realsyn_lib.dedup.near_hashes import in_part, near_hashes, near_in_band


def all_pairs(hashes, distance):
    """What comparing every hash with every other finds."""
    apart = np.bitwise_count(hashes[:, None] ^ hashes[None, :])
    return np.argwhere(np.triu(apart <= distance, k=1)).tolist()


def crowds(seed=3, crowd=60, each=6):
    """Random hashes, each with a few others around it, at 1 to some 16 bits."""
    generator = np.random.default_rng(seed)
    middles = generator.integers(0, 2**64, crowd, np.uint64, endpoint=False)
    bits = generator.random((each, crowd, 64)) < np.linspace(0.02, 0.25, each)[:, None, None]
    noise = np.packbits(bits, axis=2).view(">u8")[:, :, 0].astype(np.uint64)
    return np.unique(np.concatenate([middles, (middles ^ noise).ravel()]))


@pytest.mark.parametrize("distance", [0, 1, 6, 10, 12])
@pytest.mark.parametrize("extra_blocks", [None, 1, 3])
def test_every_pair_within_the_distance_is_found_once_and_no_other(distance, extra_blocks):
    hashes = crowds()
    blocks = None if extra_blocks is None else distance + extra_blocks
    found = near_hashes(hashes, distance, blocks).tolist()
    assert found == all_pairs(hashes, distance)
    assert len(found) > 50 or distance < 2


def test_pairs_are_found_wherever_the_bits_differ():
    for bit in range(64):
        hashes = np.array([0, 1 << bit], dtype=np.uint64)
        assert near_hashes(hashes, 1).tolist() == [[0, 1]]


@pytest.mark.parametrize("distance", [1, 6])
def test_many_hashes_of_one_key_are_banded_by_what_differs_among_them(distance, monkeypatch):
    monkeypatch.setattr(search, "_LONG_RUN", 50)
    own = crowds(crowd=150)
    hashes = np.unique(np.concatenate([own, own & np.uint64(0xFFFF_FFFF) | np.uint64(5 << 40)]))
    assert near_hashes(hashes, distance).tolist() == all_pairs(hashes, distance)


def test_a_run_longer_than_a_chunk_is_compared_whole(monkeypatch):
    monkeypatch.setattr(search, "_CHUNK", 16)
    hashes = crowds()
    assert near_hashes(hashes, 6, blocks=7).tolist() == all_pairs(hashes, 6)


def test_parts_of_a_band_find_together_what_the_band_finds():
    hashes, bands = crowds(), bands_of(6, 8)
    for band in (0, 11, 27):
        whole = {tuple(pair) for left_right in near_in_band(hashes, bands, band)
                 for pair in np.stack(left_right, axis=1).tolist()}  # fmt: skip
        found = set()
        for part in range(4):
            own = np.flatnonzero(in_part(hashes, bands, band, part, parts=4))
            for left, right in near_in_band(hashes[own], bands, band):
                found |= set(zip(own[left].tolist(), own[right].tolist(), strict=True))
        assert {frozenset(p) for p in found} == {frozenset(p) for p in whole}


def test_no_hash_and_one_hash_have_no_pair():
    for count in (0, 1):
        assert near_hashes(np.arange(count, dtype=np.uint64), 6).shape == (0, 2)

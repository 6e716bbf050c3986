"""Pairs of hashes with a new end, against every pair compared."""

import numpy as np
import pytest

from realsyn_lib.dedup.bands import bands_of
from realsyn_lib.dedup.near_new import near_new_in_band


def hashes_with_copies(seed, count=400, copies=200, most=9):
    """Random hashes, and copies of some of them with up to so many bits turned, all distinct."""
    generator = np.random.default_rng(seed)
    hashes = generator.integers(0, 2**64, count, dtype=np.uint64)
    turned = hashes[generator.integers(0, count, copies)]
    for row in range(copies):
        for bit in generator.permutation(64)[: generator.integers(1, most + 1)]:
            turned[row] ^= np.uint64(1) << np.uint64(bit)
    return generator.permutation(np.unique(np.concatenate([hashes, turned])))


def found_pairs(old, new, bands):
    pairs = [
        (int(left), int(right))
        for band in range(len(bands))
        for rows, others in near_new_in_band(old, new, bands, band)
        for left, right in zip(rows, others, strict=True)
    ]
    assert len(pairs) == len(set(pairs))
    return {frozenset(pair) for pair in pairs}


@pytest.mark.parametrize("distance", [0, 4, 6, 10])
@pytest.mark.parametrize("new_count", [0, 1, 90])
def test_each_pair_with_a_new_end_is_found_once_and_no_other(distance, new_count):
    hashes = hashes_with_copies(seed=distance + new_count)
    old, new = hashes[new_count:], hashes[:new_count]
    every = np.concatenate([old, new])
    apart = np.bitwise_count(every[:, None] ^ every[None, :])
    wanted = {
        frozenset((a, b))
        for a, b in zip(*np.nonzero(np.triu(apart <= distance, 1)))
        if max(a, b) >= len(old)
    }
    assert found_pairs(old, new, bands_of(distance)) == wanted
    assert new_count < 90 or distance == 0 or len(wanted) > 10


def test_many_hashes_of_one_key_are_compared_some_at_a_time(monkeypatch):
    monkeypatch.setattr("realsyn_lib.dedup.near_new._PAIRS_AT_ONCE", 7)
    old = np.arange(0, 64, dtype=np.uint64)
    new = np.arange(64, 96, dtype=np.uint64)
    found = found_pairs(old, new, bands_of(1))
    assert len(found) == 32 + 32 * 5 // 2  # one bit up to 32 old ones, five within 32 new ones


def test_no_old_hash_leaves_the_pairs_of_the_new_ones():
    new = np.array([0b1, 0b11, 0b11111111], dtype=np.uint64)
    assert found_pairs(new[:0], new, bands_of(2)) == {frozenset((0, 1))}

"""Pairs beyond the safe distance are kept apart from those within it."""

import numpy as np
import pytest

from realsyn_lib.dedup.bands import bands_of
from realsyn_lib.dedup.components import connected_components
from realsyn_lib.dedup.far_pairs import near_and_far
from realsyn_lib.dedup.near_hashes import near_in_band


def chains(seed=4):
    """Walks of hashes: each step changes 0 to 9 bits of the one before."""
    generator = np.random.default_rng(seed)
    hashes = generator.integers(0, 2**64, 40, np.uint64, endpoint=False)
    walked = [hashes]
    for _ in range(6):
        steps = generator.random((40, 64)) < generator.uniform(0, 0.15, (40, 1))
        walked.append(walked[-1] ^ np.packbits(steps, axis=1).view(">u8")[:, 0].astype(np.uint64))
    return np.unique(np.concatenate(walked))


@pytest.mark.parametrize(("safe", "distance"), [(0, 3), (4, 8), (6, 10)])
def test_every_pair_is_joined_by_the_forest_or_named_as_far(safe, distance):
    hashes, bands = chains(), bands_of(distance)
    ids = np.random.default_rng(5).permutation(len(hashes)) - 50
    units = [
        near_and_far(hashes, ids, near_in_band(hashes, bands, band), safe)
        for band in range(len(bands))
    ]
    src = np.concatenate([near[0] for near, _ in units])
    dst = np.concatenate([near[1] for near, _ in units])
    far = {frozenset(pair) for _, far in units for pair in np.stack(far, axis=1).tolist()}
    apart = np.bitwise_count(hashes[:, None] ^ hashes[None, :])

    exact = np.argwhere(np.triu(apart <= safe, k=1))
    wanted = connected_components(ids[exact[:, 0]], ids[exact[:, 1]])
    found = connected_components(src, dst)
    np.testing.assert_array_equal(found.ids, wanted.ids)
    np.testing.assert_array_equal(found.component_ids, wanted.component_ids)

    beyond = {
        frozenset(ids[pair].tolist())
        for pair in np.argwhere(np.triu((apart > safe) & (apart <= distance), k=1))
    }
    labels = dict(zip(found.ids.tolist(), found.component_ids.tolist(), strict=True))
    left_out = beyond - far
    assert far <= beyond and len(far) > 10
    assert all(len({labels[end] for end in pair}) == 1 for pair in left_out)


def test_a_far_pair_whose_ends_one_unit_joins_is_left_out():
    hashes, ids = np.array([0, 1, 3, 4096 | 3 << 20], np.uint64), np.array([10, 11, 12, 13])
    pairs = [(np.array([0, 0, 1]), np.array([1, 2, 2])), (np.array([0]), np.array([3]))]
    near, far = near_and_far(hashes, ids, pairs, safe_distance=1)
    assert sorted(zip(*(ends.tolist() for ends in near), strict=True)) == [(11, 10), (12, 10)]
    assert [ends.tolist() for ends in far] == [[10], [13]]


def test_nothing_near_is_nothing_far():
    near, far = near_and_far(np.array([5], np.uint64), np.array([1]), [], 6)
    assert [len(ends) for ends in (*near, *far)] == [0, 0, 0, 0]

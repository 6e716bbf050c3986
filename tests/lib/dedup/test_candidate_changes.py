"""Candidates of a band before and after rows were added, where band keys are crowded and where not."""

import numpy as np
import pytest

from realsyn_lib.dedup.candidates import candidate_changes, candidates
from realsyn_lib.dedup.minhash import band_of
from realsyn_lib.dedup.touched import asked_keys

FINE = np.uint64(2**24)


def entries(seed, count, band_keys, bit_values):
    """Rows of few band keys and few bits: many neighbours, many twins."""
    generator = np.random.default_rng(seed)
    keys = generator.integers(0, band_keys, count, dtype=np.uint64) * FINE
    keys |= generator.integers(0, 3, count, dtype=np.uint64)
    bits = generator.integers(0, bit_values, count, dtype=np.uint64)
    return keys, bits, generator.permutation(count * 3)[:count].astype(np.int64)


def as_set(src, dst):
    pairs = list(zip(src.tolist(), dst.tolist(), strict=True))
    assert len(pairs) == len(set(pairs))
    return set(pairs)


@pytest.mark.parametrize(
    ("count", "band_keys", "bit_values"), [(0, 1, 1), (300, 90, 2**6), (900, 1, 2**20), (900, 3, 2**5)]
)  # fmt: skip
@pytest.mark.parametrize("seed", range(4))
def test_old_candidates_and_changes_are_the_candidates_of_all(seed, count, band_keys, bit_values):
    keys, bits, ids = entries(seed, count, band_keys, bit_values)
    is_new = np.random.default_rng(seed + 100).random(count) < 0.05
    old = ~is_new
    before = as_set(*candidates(keys[old], bits[old], ids[old], 4))
    src, dst, changes = candidate_changes(keys, bits, ids, is_new, 4)
    as_set(src, dst)
    came = as_set(src[changes == 1], dst[changes == 1])
    went = as_set(src[changes == -1], dst[changes == -1])
    assert set(np.unique(changes)) <= {-1, 1}
    assert went <= before
    assert not came & before
    assert (before - went) | came == as_set(*candidates(keys, bits, ids, 4))


def test_a_new_row_may_end_an_old_pair():
    """Rows 1 and 2 are twins of 5; a smaller id becomes the one that twins are paired with."""
    keys = np.zeros(4, np.uint64)
    src, dst, changes = candidate_changes(
        keys, keys, np.array([5, 1, 2, 0]), np.array([False, False, False, True]), 4
    )
    assert sorted(zip(src.tolist(), dst.tolist(), changes.tolist())) == [
        (0, 1, 1), (0, 2, 1), (0, 5, 1), (1, 2, -1), (1, 5, -1),
    ]  # fmt: skip


def test_only_band_keys_touched_by_new_rows_matter():
    keys, bits, ids = entries(5, 600, 200, 2**8)
    is_new = np.arange(600) < 20
    whole = candidate_changes(keys, bits, ids, is_new, 4)
    touched = np.zeros(600, bool)
    touched[asked_keys(keys[is_new]).touched(keys)] = True
    assert set(band_of(keys[touched])) == set(band_of(keys[is_new]))
    assert 20 < touched.sum() < 200
    some = candidate_changes(keys[touched], bits[touched], ids[touched], is_new[touched], 4)
    for one, other in zip(whole, some, strict=True):
        np.testing.assert_array_equal(one, other)

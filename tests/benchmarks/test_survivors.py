"""The sides of survivors.py give one answer, and its measure of it can fail."""

import numpy as np
import pytest
from survivors import grouped, ours, quality, write_members


@pytest.mark.spark
def test_both_sides_choose_the_representatives_of_the_plain_answer(spark, tmp_path):
    write_members(tmp_path, 300, 16, "small")
    found = [side(str(tmp_path), 2, None)[1] for side in (ours, grouped)]
    assert np.array_equal(*found)
    assert quality(tmp_path, found[0], None) == 1.0


def test_the_measure_sees_a_wrong_representative_and_a_far_one(tmp_path):
    write_members(tmp_path, 400, 64, "chain")
    ids = np.sort(np.random.default_rng(1).permutation(400).astype(np.int64) * 1_000_003 - 2**40)
    alone, all_on_one = np.stack([ids, ids], 1), np.stack([ids, np.full(400, ids[0])], 1)
    assert quality(tmp_path, alone, 0.5) == 1.0
    assert quality(tmp_path, all_on_one, 0.5) < 0.5
    assert quality(tmp_path, all_on_one, None) in (0.0, 1.0)
    assert quality(tmp_path, alone, None) == 1 / 400

import json

import numpy as np
import pytest

from realsyn_lib.errors import SettingError
from realsyn_lib.release.shards import (
    ShardStats,
    sample_key,
    shard_count,
    shard_name,
    shard_of,
    sizes_json,
)


def test_names_are_numbers_of_fixed_width():
    assert shard_name(42) == "00042.tar"
    assert sample_key(42, 7) == "0004200007"


@pytest.mark.parametrize("number", [-1, 100_000])
def test_a_number_that_does_not_fit_is_refused(number):
    with pytest.raises(SettingError):
        sample_key(0, number)


def test_there_are_as_many_shards_as_the_rows_need():
    assert [shard_count(rows, 10) for rows in (0, 1, 10, 11)] == [1, 1, 1, 2]


def test_a_shard_size_that_five_digits_cannot_number_is_refused():
    with pytest.raises(SettingError, match="60000"):
        shard_count(1, 60_000)


def test_shards_are_even_and_depend_on_the_id_alone():
    ids = np.arange(-5000, 5000)
    shards = shard_of(3, ids, 10)
    sizes = np.bincount(shards, minlength=10)
    assert sizes.sum() == 10_000
    assert abs(sizes - 1000).max() < 150
    assert shard_of(3, ids[77:78], 10)[0] == shards[77]


def test_sizes_are_json_by_shard_name():
    stats = [ShardStats(shard_name(n), n + 5, 1, "", {}) for n in (1, 0)]
    assert json.loads(sizes_json(stats)) == {"00000.tar": 5, "00001.tar": 6}

import json

import pytest

from realsyn_lib.errors import SettingError
from realsyn_lib.release.shards import (
    ShardStats,
    index_digits,
    sample_key,
    shard_count,
    shard_name,
    sizes_json,
)


def test_names_are_numbers_of_fixed_width():
    assert shard_name(42) == "00042"
    assert sample_key(42, 7, 4) == "000420007"


@pytest.mark.parametrize(
    ("rows", "digits"), [(1, 4), (1000, 4), (10_000, 4), (10_001, 5), (10**5, 5)]
)
def test_four_digits_number_ten_thousand_samples_and_five_the_most_there_are(rows, digits):
    assert index_digits(rows) == digits


@pytest.mark.parametrize(("index", "digits"), [(-1, 4), (10_000, 4), (100_000, 5)])
def test_a_number_that_does_not_fit_is_refused(index, digits):
    with pytest.raises(SettingError):
        sample_key(0, index, digits)
    with pytest.raises(SettingError):
        shard_name(100_000)


def test_there_are_as_many_shards_as_the_rows_need():
    assert [shard_count(rows, 10) for rows in (0, 1, 10, 11)] == [1, 1, 1, 2]


@pytest.mark.parametrize(("rows", "shard_rows"), [(1, 100_001), (1, 0), (100_001, 1)])
def test_a_shard_size_that_five_digits_cannot_number_is_refused(rows, shard_rows):
    with pytest.raises(SettingError, match=r"release\.shard_rows"):
        shard_count(rows, shard_rows)


def test_sizes_are_json_by_the_name_of_the_file():
    stats = [ShardStats(shard_name(n), n + 5, 1, "", "", {}) for n in (1, 0)]
    assert json.loads(sizes_json(stats)) == {"00000.tar": 5, "00001.tar": 6}

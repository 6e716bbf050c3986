"""The benchmark of added rows on a tiny size: what it publishes is worked on, and equal."""

import numpy as np
import pytest
from added_rows import STAGES, made_hashes, made_rows, ours
from made_line import Line
from skew import CASES, write_rows

from realsyn_lib.config import load_config


@pytest.mark.spark
@pytest.mark.parametrize("kind", ["sentences", "images"])
def test_a_run_with_added_rows_gives_the_table_of_a_whole_run(spark, tmp_path, kind):
    _, (costs, is_equal) = ours(kind, 400, 0.05, 24, 2, str(tmp_path))
    assert is_equal
    assert set(costs) == {"first", "added", "whole"}
    assert all(cost.core_s > 0 for cost in costs.values())


@pytest.mark.spark
@pytest.mark.parametrize("case", CASES)
def test_skewed_rows_have_the_right_answer(spark, tmp_path, case):
    kind, made, is_right = CASES[case]
    columns, vectors = made(300, 16)
    line = Line(spark, load_config("local"), tmp_path, *STAGES[kind])
    line.publish(write_rows(kind, columns, vectors, tmp_path))
    line.run()
    assert is_right(line.table("kind", "id"), columns)
    assert not is_right(line.table("kind", "id").slice(1), columns)


def test_parts_hold_each_row_once(tmp_path):
    import pyarrow.parquet as pq

    first, added = made_rows("images", 1000, 0.1, 8, tmp_path)
    ids = [pq.read_table(files[0])["image_id"].to_numpy() for files in (first, added)]
    assert [len(part) for part in ids] == [900, 100]
    assert len(np.unique(np.concatenate(ids))) == 1000
    for files, part in zip((first, added), ids, strict=True):
        assert pq.read_table(files[1])["image_id"].to_numpy().tolist() == part.tolist()


def test_one_hash_in_eleven_is_a_copy_within_twelve_bits():
    groups, hashes = made_hashes(1100, np.random.default_rng(1))
    order = np.argsort(groups, kind="stable")
    same = groups[order][1:] == groups[order][:-1]
    apart = np.bitwise_count(hashes[order][1:] ^ hashes[order][:-1])[same]
    assert 90 <= len(apart) <= 100
    assert np.percentile(apart, 90) <= 20

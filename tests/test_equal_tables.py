"""The comparison that other tests stand on notices what it must, and nothing else."""

import numpy as np
import pyarrow as pa
import pytest

from tests.equal_tables import assert_equal_tables

NORTH = np.array([0, 1], np.float16).tobytes()
NEARLY_NORTH = np.array([0.005, 1], np.float16).tobytes()
NORTH_EAST = np.array([1, 1], np.float16).tobytes()
LEFT = {"id": [1, 2], "text": ["a", None], "cosine": [0.5, None], "embedding": [NORTH, None],
        "tag_scores": [[0.5, 0.25], []], "bucket": [0, 1]}  # fmt: skip
SAME = [
    {"cosine": [0.50001, None]},
    {"embedding": [NEARLY_NORTH, None]},
    {"tag_scores": [[0.50001, 0.25], []]},
    {"bucket": [0, 0]},
]
OTHER = [
    ({"id": [1, 3]}, "1 keys only left"),
    ({"text": ["b", None]}, "'a' / 'b'"),
    ({"text": ["a", "b"]}, "None / 'b'"),
    ({"cosine": [0.501, None]}, "differ in cosine"),
    ({"cosine": [None, None]}, "0.5 / None"),
    ({"embedding": [NORTH_EAST, None]}, "differ in embedding"),
    ({"embedding": [NORTH + NORTH, None]}, "4 bytes / 8 bytes"),
    ({"tag_scores": [[0.5], []]}, "differ in tag_scores"),
]


@pytest.mark.parametrize("change", SAME)
def test_rounding_and_place_are_no_difference(change):
    assert_equal_tables("t", ("id",), pa.table(LEFT), pa.table(LEFT | change))


def test_the_order_of_rows_is_no_difference():
    assert_equal_tables("t", ("id",), pa.table(LEFT), pa.table(LEFT).take([1, 0]))


@pytest.mark.parametrize(("change", "told"), OTHER)
def test_the_first_difference_is_told(change, told):
    with pytest.raises(AssertionError, match=told):
        assert_equal_tables("t", ("id",), pa.table(LEFT), pa.table(LEFT | change))


def test_a_row_that_stands_twice_is_a_difference():
    twice = pa.concat_tables([pa.table(LEFT), pa.table(LEFT).slice(0, 1)])
    with pytest.raises(AssertionError, match="2 rows / 3 rows"):
        assert_equal_tables("t", ("id",), pa.table(LEFT), twice)

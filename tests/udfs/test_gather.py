"""Small batches are gathered into large ones, in order and without loss."""

import pyarrow as pa
import pytest

from udfs.gather import gathered


def batches(*sizes: int):
    start = 0
    for size in sizes:
        yield pa.record_batch({"n": pa.array(range(start, start + size), pa.int64())})
        start += size


@pytest.mark.parametrize(
    ("sizes", "rows", "expected"),
    [
        ((1, 1, 1, 1, 1), 2, [2, 2, 1]),
        ((3, 3), 4, [6]),
        ((5, 1), 4, [5, 1]),
        ((2, 0, 2), 4, [4]),
        ((), 4, []),
    ],
)
def test_batches_reach_the_wanted_rows_and_the_rest_comes_last(sizes, rows, expected):
    found = list(gathered(batches(*sizes), rows))
    assert [batch.num_rows for batch in found] == expected
    numbers = [number for batch in found for number in batch["n"].to_pylist()]
    assert numbers == list(range(sum(sizes)))


def test_a_batch_without_rows_alone_gives_no_rows():
    assert sum(batch.num_rows for batch in gathered(batches(0), 4)) == 0

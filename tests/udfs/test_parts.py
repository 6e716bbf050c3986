"""Batches of any size as parts of one size."""

import pyarrow as pa
import pytest

from udfs.parts import parts_of


def batches(*sizes: int, width: int = 10):
    start = 0
    for size in sizes:
        ids = list(range(start, start + size))
        yield pa.RecordBatch.from_pydict({"id": ids, "bytes": [bytes(width)] * size})
        start += size


@pytest.mark.parametrize("sizes", [(10,), (3, 3, 3, 1), (1,) * 10, (4, 6), (7, 0, 3)])
def test_parts_span_batches_and_keep_the_order(sizes):
    parts = list(parts_of(batches(*sizes), rows=4, max_bytes=10**6))
    assert [part.num_rows for part in parts] == [4, 4, 2]
    assert pa.Table.from_batches(parts)["id"].to_pylist() == list(range(10))


def test_a_part_ends_where_its_bytes_do_and_one_row_may_be_larger():
    parts = list(parts_of(batches(9, width=1000), rows=4, max_bytes=2100))
    assert {part.num_rows for part in parts} <= {1, 2}
    assert pa.Table.from_batches(parts)["id"].to_pylist() == list(range(9))
    assert [part.num_rows for part in parts_of(batches(3, width=1000), 4, 10)] == [1, 1, 1]


def test_no_rows_are_no_parts():
    assert list(parts_of(batches(0, 0), rows=4, max_bytes=10)) == []

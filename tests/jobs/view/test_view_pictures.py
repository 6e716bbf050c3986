"""Bytes of one picture out of files of many."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jobs.view.pictures import _bytes_at


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """Fifty rows in groups of twenty; every seventh has no bytes."""
    path = str(tmp_path_factory.mktemp("bytes") / "file.parquet")
    values = [None if n % 7 == 0 else b"%d" % n * 1000 for n in range(50)]
    pq.write_table(pa.table({"bytes": values}), path, row_group_size=20)
    return path


@pytest.mark.parametrize("row", [1, 15, 16, 19, 20, 36, 40, 48])
def test_the_row_that_was_asked_for_is_read(file, row):
    assert _bytes_at(file, row) == b"%d" % row * 1000


def test_a_row_without_bytes_has_none(file):
    assert _bytes_at(file, 21) is None
    assert _bytes_at(file, 50) is None

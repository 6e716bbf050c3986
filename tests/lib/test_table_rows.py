"""Addresses of rows: one spelling, read back as written, and nothing else is taken for one."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realsyn_lib.table_rows import ROW_ADDRESS, row_in, row_url
from realsyn_lib.urls import canonical_url, local_url

URL = "data/train-0001.parquet?row=17"


def test_an_address_names_table_and_row():
    assert row_url("data/train-0001.parquet", 17) == row_url("data/train-0001.parquet", "17") == URL
    assert row_in(URL) == 17
    assert row_in("data/train-0001.parquet") is None


@given(st.text(min_size=1, max_size=20), st.integers(0, 10**15 - 1))
def test_every_rows_address_is_canonical_and_read_back(name, row):
    table = local_url(f"{name}.parquet").url
    if table is not None and "%5C" not in table:  # Spark reads no such name
        url = row_url(table, row)
        assert canonical_url(url, "").url == url
        assert row_in(url) == row
        assert re.match(f"^{ROW_ADDRESS}$", url)  # as jobs ask it of a column


@pytest.mark.parametrize(
    ("raw", "canonical"),
    [
        ("a/../x.parquet?row=3#top", "x.parquet?row=3"),
        ("X.Parquet?row=0", "X.Parquet?row=0"),
        ("a b.parquet?row=3", "a%20b.parquet?row=3"),
        ("x.parquet?row=03", "x.parquet"),
        ("x.parquet?row=-1", "x.parquet"),
        ("x.parquet?row=", "x.parquet"),
        ("x.parquet?row=1&row=2", "x.parquet"),
        ("x.parquet?row=1e3", "x.parquet"),
        ("x.parquet?row=\u0663", "x.parquet"),
        ("x.parquet?row=1000000000000000", "x.parquet"),
        ("x.parquet.jpg?row=1", "x.parquet.jpg"),
        ("x.tar?row=1", "x.tar"),
        ("x.parquet?member=a&offset=1&size=2", "x.parquet"),
    ],
)
def test_other_queries_of_a_local_address_are_left_off(raw, canonical):
    assert canonical_url(raw, "").url == canonical
    assert canonical_url(canonical, "").url == canonical
    assert (row_in(canonical) is not None) == ("?" in canonical)


def test_a_row_of_a_table_outside_the_input_is_refused():
    found = canonical_url("../x.parquet?row=1", "page.html")
    assert found.url is None and found.refusal == "leaves the input folder"

"""Views of a binary column: equal to the bytes they show, whatever the kind of column and its offset."""

import pyarrow as pa
import pytest

from udfs.binary_views import binary_views

VALUES = [b"\xff\xd8\xff\xe0", b"", b"\x00\x80", b"GIF89a"]


@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary()])
def test_a_view_equals_its_value_byte_by_byte(kind):
    views = binary_views(pa.array(VALUES, kind))
    assert views == VALUES
    assert [view[:1] for view in views] == [b"\xff", b"", b"\x00", b"G"]
    assert views[0][0] == 0xFF


def test_a_part_of_a_column_has_its_own_values():
    assert binary_views(pa.array(VALUES).slice(2)) == VALUES[2:]


def test_a_missing_value_is_an_empty_view():
    assert binary_views(pa.array([b"\xff", None, b"a"])) == [b"\xff", b"", b"a"]


def test_an_empty_column_has_no_views():
    assert binary_views(pa.array([], pa.binary())) == []

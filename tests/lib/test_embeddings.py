import numpy as np
import pyarrow as pa
import pytest

from realsyn_lib.embeddings import (
    CENTROID_TYPE,
    bad_rows,
    binary_of,
    dot_rows,
    dot_unit_rows,
    unit_rows,
    vectors_of,
)
from realsyn_lib.errors import ShapeError


def test_a_column_gives_back_the_numbers_that_went_in():
    numbers = np.array([[1.0, -0.5], [0.25, 2.0]])
    assert vectors_of(binary_of(numbers)).tolist() == numbers.tolist()


def test_bytes_are_little_endian_halves():
    assert binary_of(np.array([[1.0, -2.0]])).to_pylist() == [b"\x00\x3c\x00\xc0"]


def test_a_slice_of_chunks_reads_only_its_rows():
    column = binary_of(np.arange(12.0).reshape(6, 2))
    chunks = pa.chunked_array([column.slice(1, 2), column.slice(4, 1)])
    assert vectors_of(chunks).tolist() == [[2, 3], [4, 5], [8, 9]]


def test_centroids_keep_all_bits_of_float32():
    third = np.array([[1 / 3]], dtype=np.float32)
    assert vectors_of(binary_of(third, CENTROID_TYPE), dtype=CENTROID_TYPE)[0, 0] == third[0, 0]


def test_a_vector_of_another_length_is_refused_by_row_and_width():
    column = pa.array([b"\0" * 8, b"\0" * 6], pa.binary())
    with pytest.raises(ShapeError, match=r"row 1 has 6 bytes, expected 8 \(width 4 of float16\)"):
        vectors_of(column)


@pytest.mark.parametrize("value", [b"", b"\0\0\0"])
def test_bytes_that_are_no_whole_vector_are_refused(value):
    with pytest.raises(ShapeError, match="row 0"):
        vectors_of(pa.array([value], pa.binary()))


def test_a_stated_width_is_checked_against_the_first_row_too():
    with pytest.raises(ShapeError, match=r"8 bytes, expected 6 \(width 3"):
        vectors_of(binary_of(np.ones((2, 4))), width=3)


def test_null_is_refused():
    with pytest.raises(ShapeError, match="1 of 2 vectors are null"):
        vectors_of(pa.array([b"\0\0", None], pa.binary()))


@pytest.mark.parametrize("kind", [pa.large_binary(), pa.binary(4)])
def test_other_binary_types_read_the_same(kind):
    assert vectors_of(binary_of(np.array([[1.0, 2.0]])).cast(kind)).tolist() == [[1, 2]]


def test_an_empty_column_has_the_stated_width():
    assert vectors_of(pa.array([], pa.binary()), width=7).shape == (0, 7)


def test_unit_rows_have_norm_one_and_zero_stays_zero():
    found = unit_rows(np.array([[3.0, 4.0], [0.0, 0.0]]))
    np.testing.assert_allclose(found, [[0.6, 0.8], [0.0, 0.0]], rtol=1e-6)


def test_bad_rows_are_nan_infinity_zero_and_wrong_norm():
    rows = np.array([[1, 0], [np.nan, 0], [np.inf, 0], [0, 0], [0.9, 0]], dtype=np.float32)
    assert bad_rows(rows).tolist() == [False, True, True, True, False]
    assert bad_rows(rows, max_norm_error=0.01).tolist() == [False, True, True, True, True]


def test_products_of_stored_vectors_are_the_same_in_any_order():
    generator = np.random.default_rng(1)
    stored = unit_rows(generator.normal(size=(200, 384))).astype(np.float16).astype(np.float32)
    shuffle = generator.permutation(384)
    straight = dot_rows(stored[:100], stored[100:])
    assert (straight == dot_rows(stored[:100, shuffle], stored[100:, shuffle])).all()
    assert (straight == dot_unit_rows(stored[:100], stored[100:])).all()

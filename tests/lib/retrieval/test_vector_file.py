"""Vectors laid out in files that are mapped."""

import numpy as np
import pytest

from realsyn_lib.errors import ShapeError
from realsyn_lib.retrieval.vector_file import open_vectors, write_vectors

TWO = np.array([[1, 0, 0], [0, 1, 0]], dtype=np.float16)
ONE = np.array([[0, 0, 1]], dtype=np.float16)


def test_what_was_written_is_mapped_in_its_order(tmp_path):
    write_vectors(tmp_path / "v", [(np.array([9, -4]), TWO), (np.array([7]), ONE)])
    file = open_vectors(tmp_path / "v")
    assert file.ids.tolist() == [9, -4, 7]
    assert file.width == 3 and file.row_of(-4) == 1 and file.row_of(5) is None
    assert file.vector(2).tolist() == [0, 0, 1] and file.vector(2).dtype == np.float32


def test_no_rows_are_no_fault(tmp_path):
    write_vectors(tmp_path / "v", [])
    file = open_vectors(tmp_path / "v")
    assert len(file.ids) == 0 and file.row_of(1) is None


def test_a_batch_of_another_width_is_refused(tmp_path):
    with pytest.raises(ShapeError, match="width 3"):
        write_vectors(tmp_path / "v", [(np.array([1, 2]), TWO), (np.array([3]), ONE[:, :2])])


def test_a_file_that_was_cut_is_refused(tmp_path):
    write_vectors(tmp_path / "v", [(np.array([9, 4]), TWO)])
    with (tmp_path / "v" / "vectors.f16").open("r+b") as file:
        file.truncate(10)
    with pytest.raises(ShapeError, match="10 bytes, expected 12"):
        open_vectors(tmp_path / "v")

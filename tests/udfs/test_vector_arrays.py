"""Stored vectors as arrays of numbers."""

import numpy as np
import pyarrow as pa

from realsyn_lib.embeddings import CENTROID_TYPE, EMBEDDING_TYPE, binary_of
from udfs.vector_arrays import vector_arrays


def test_float16_and_float32_vectors_come_back_as_they_were():
    vectors = np.array([[0.5, -0.25], [1.0, 0.0]])
    for dtype in (EMBEDDING_TYPE, CENTROID_TYPE):
        arrays = vector_arrays(dtype)(binary_of(vectors, dtype))
        assert arrays.to_pylist() == [[0.5, -0.25], [1.0, 0.0]]
        assert arrays.type == pa.list_(pa.float32())


def test_a_missing_vector_is_a_missing_array():
    column = pa.array([None, np.array([0.5, 1.0], "<f2").tobytes(), None], pa.binary())
    assert vector_arrays(EMBEDDING_TYPE)(column).to_pylist() == [None, [0.5, 1.0], None]


def test_a_column_of_nothing_but_nulls_is_decoded():
    column = pa.array([None, None], pa.binary())
    assert vector_arrays(EMBEDDING_TYPE)(column).to_pylist() == [None, None]


def test_an_empty_column_is_decoded():
    assert vector_arrays(EMBEDDING_TYPE)(pa.array([], pa.binary())).to_pylist() == []

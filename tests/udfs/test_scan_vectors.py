"""The best rows of a vector file, against sorting all products."""

import numpy as np
import pytest

from realsyn_lib.embeddings import unit_rows
from realsyn_lib.errors import ShapeError
from realsyn_lib.retrieval.vector_file import VectorFile
from udfs.scan_vectors import best_rows


def made(rows, width, seed=1):
    generator = np.random.default_rng(seed)
    vectors = unit_rows(generator.standard_normal((rows, width))).astype(np.float16)
    ids = generator.permutation(np.arange(rows) * 3 - rows)
    return VectorFile(ids, vectors)


def sorted_all(file, query, top):
    exact = file.vectors.astype(np.float64) @ query.astype(np.float64)
    order = np.lexsort((file.ids, -exact))[:top]
    return file.ids[order].tolist(), exact[order]


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("rows", [1, 5, 255, 257, 40_000])
def test_the_best_are_those_of_sorting_all_products(rows, threads):
    file = made(rows, 24)
    query = unit_rows(np.random.default_rng(2).standard_normal((1, 24)))[0]
    hits = best_rows(file, query, 10, threads)
    ids, cosines = sorted_all(file, query, 10)
    assert hits.ids.tolist() == ids
    np.testing.assert_allclose(hits.cosines, cosines, atol=1e-12)


def test_of_equal_rows_the_smaller_ids_come_first():
    row = made(1, 16).vectors
    file = VectorFile(np.array([8, 3, 5, 1]), np.repeat(row, 4, axis=0))
    assert best_rows(file, file.vector(0), 3).ids.tolist() == [1, 3, 5]


def test_an_empty_file_has_no_best_row():
    file = VectorFile(np.empty(0, np.int64), np.empty((0, 4), np.float16))
    assert best_rows(file, np.ones(4, np.float32), 3).ids.tolist() == []


def test_a_query_of_another_width_is_refused():
    with pytest.raises(ShapeError, match="width 16"):
        best_rows(made(3, 16), np.ones(8, np.float32), 3)

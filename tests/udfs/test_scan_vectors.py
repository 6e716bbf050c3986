"""The best rows of a vector file, against sorting all products."""

import numpy as np
import pytest

from realsyn_lib.embeddings import unit_rows
from realsyn_lib.errors import ShapeError
from realsyn_lib.retrieval.vector_file import VectorFile, open_vectors, write_vectors
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


def test_of_more_equal_rows_than_a_scan_takes_the_smaller_ids_come_first():
    """The smallest ids lie last: a scan that stopped at some equal rows would miss them."""
    near, far = made(2, 16).vectors
    vectors = np.concatenate(
        [np.repeat(near[None], 5000, axis=0), np.repeat(far[None], 300, axis=0)]
    )
    file = VectorFile(np.arange(5300)[::-1].copy(), vectors)
    assert best_rows(file, file.vector(0), 5).ids.tolist() == [300, 301, 302, 303, 304]


def test_rows_that_float32_cannot_tell_apart_are_in_their_exact_order():
    """Twenty cosines near 1, of 100 rows each, 1.5e-8 apart: float32 has steps of 6e-8 there."""
    generator = np.random.default_rng(5)
    vectors = np.repeat(made(1, 64).vectors, 2000, axis=0)
    query = vectors[0].astype(np.float32)
    query[0] = 0.25
    vectors[:, 0] = (generator.permutation(2000) % 20) * 2.0**-24
    file = VectorFile(generator.permutation(2000), vectors)
    ids, _ = sorted_all(file, query, 20)
    assert best_rows(file, query, 20).ids.tolist() == ids


def test_a_row_that_is_no_vector_is_never_found():
    file = made(300, 16)
    file.vectors[5] = np.nan
    ids = best_rows(file, file.vector(0), 300).ids.tolist()
    assert sorted(ids) == sorted(set(file.ids.tolist()) - {int(file.ids[5])})


def test_a_mapped_file_is_searched_where_it_lies(tmp_path):
    file = made(500, 32)
    write_vectors(tmp_path / "v", [(file.ids, file.vectors)])
    mapped = open_vectors(tmp_path / "v")
    assert not mapped.vectors.flags.writeable
    ids, _ = sorted_all(file, file.vector(3), 7)
    assert best_rows(mapped, file.vector(3), 7).ids.tolist() == ids


def test_an_empty_file_has_no_best_row():
    file = VectorFile(np.empty(0, np.int64), np.empty((0, 4), np.float16))
    assert best_rows(file, np.ones(4, np.float32), 3).ids.tolist() == []


def test_a_query_of_another_width_is_refused():
    with pytest.raises(ShapeError, match="width 16"):
        best_rows(made(3, 16), np.ones(8, np.float32), 3)

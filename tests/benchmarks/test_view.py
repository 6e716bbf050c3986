"""The benchmark of the view: its vectors, its exact answers, and its reading of memory can be wrong."""

import os

import numpy as np
import pytest
import view


def test_a_part_of_the_vectors_is_the_same_whoever_makes_it():
    whole = view.vectors(0, 8)
    assert whole.shape == (8, view.WIDTH) and whole.dtype == np.float16
    np.testing.assert_array_equal(view.vectors(0, 3), whole[:3])
    np.testing.assert_allclose(np.linalg.norm(whole.astype(np.float32), axis=1), 1, atol=1e-3)


def test_what_is_missing_or_wrong_lowers_the_quality():
    exact = [[1, 2, 3, 4], [5, 6, 7, 8]]
    assert view.recall({"ids": exact}, exact) == 1
    assert view.recall({"ids": [[1, 2, 3, 9], [5, 6, 7, 8]]}, exact) == pytest.approx(7 / 8)


def test_mapped_vectors_are_not_own_memory(tmp_path):
    size = 64 * 2**20
    (tmp_path / "vectors.f16").write_bytes(bytes(size))
    before, private = view.own_mb(os.getpid()), view.private_mb(os.getpid())
    mapped = np.memmap(tmp_path / "vectors.f16", np.uint8, "r")
    assert int(mapped[::4096].sum()) == 0
    assert view.own_mb(os.getpid()) - before < 8
    assert view.private_mb(os.getpid()) - private < 8
    own = np.ones(size, np.uint8)
    assert view.own_mb(os.getpid()) - before > 56
    assert view.private_mb(os.getpid()) - private > 56
    assert own[0] == 1

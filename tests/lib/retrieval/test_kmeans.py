import numpy as np
import pytest

from realsyn_lib.embeddings import unit_rows
from realsyn_lib.errors import ShapeError
from realsyn_lib.retrieval.kmeans import assign, fit_centroids


def groups(count=600, k=6, width=10, seed=0):
    """Vectors around k directions, and the number of each one's direction."""
    generator = np.random.default_rng(seed)
    directions = np.eye(width)[:k]
    truth = np.arange(count) % k
    return unit_rows(directions[truth] + 0.1 * generator.normal(size=(count, width))), truth


def test_separate_groups_get_a_centroid_each():
    vectors, truth = groups(k=3)
    labels = assign(vectors, fit_centroids(vectors, np.arange(600), 3, seed=2, iterations=20))
    assert {frozenset(truth[labels == label]) for label in range(3)} == {
        frozenset({0}),
        frozenset({1}),
        frozenset({2}),
    }


def test_order_of_rows_changes_no_bit():
    vectors, _ = groups()
    ids = np.random.default_rng(1).integers(-(2**62), 2**62, 600)
    moved = np.random.default_rng(2).permutation(600)
    here = fit_centroids(vectors, ids, 20, seed=1, iterations=8)
    there = fit_centroids(vectors[moved], ids[moved], 20, seed=1, iterations=8)
    assert (here == there).all()


def test_another_seed_gives_another_start():
    vectors, _ = groups()
    one, other = (fit_centroids(vectors, np.arange(600), 20, seed, 1) for seed in (1, 2))
    assert not np.array_equal(one, other)


def test_more_rounds_never_fit_worse():
    vectors, _ = groups(k=10)
    fits = []
    for rounds in (0, 1, 4, 16):
        centroids = fit_centroids(vectors, np.arange(600), 25, 1, rounds)
        fits.append((vectors * centroids[assign(vectors, centroids)]).sum(axis=1).mean())
    assert fits == sorted(fits)


def test_centroids_have_unit_norm():
    centroids = fit_centroids(groups()[0], np.arange(600), 9, seed=1, iterations=5)
    assert np.linalg.norm(centroids, axis=1).tolist() == pytest.approx([1.0] * 9)


def test_fewer_rows_than_k_give_as_many_centroids_as_rows():
    vectors, _ = groups(count=4)
    assert fit_centroids(vectors, np.arange(4), 10, 1, 5).shape == (4, 10)


def test_equal_rows_give_one_centroid():
    vectors = np.repeat(groups(count=1)[0], 50, axis=0)
    assert fit_centroids(vectors, np.arange(50), 10, 1, 5).shape == (1, 10)


def test_half_duplicates_leave_no_cluster_empty():
    vectors, _ = groups(count=200)
    vectors[100:] = vectors[0]
    centroids = fit_centroids(vectors, np.arange(200), 40, seed=3, iterations=10)
    labels = assign(vectors, centroids)
    assert len(np.unique(labels)) == len(centroids) == 40


def test_members_that_cancel_out_keep_their_centroid():
    vectors = np.array([[1.0, 0.0], [-1.0, 0.0]], dtype=np.float32)
    assert np.isfinite(fit_centroids(vectors, np.arange(2), 1, 1, 5)).all()


def test_no_rows_are_refused():
    with pytest.raises(ShapeError):
        fit_centroids(np.empty((0, 4), np.float32), np.arange(0), 2, 1, 1)

"""Searches that multiply on a device find what searches by numpy find; faiss on the CPU stands in."""

import faiss
import numpy as np
import pytest

from realsyn_lib.embeddings import unit_rows
from realsyn_lib.retrieval.candidates import candidates
from realsyn_lib.retrieval.device_products import device_knn, multiply_on
from realsyn_lib.retrieval.kmeans import assign, fit_centroids
from realsyn_lib.retrieval.levels import Levels, nearest_cells
from realsyn_lib.retrieval.ranking import rank_in_groups
from tests.brute_force import ranked


def unit(count, width=16, seed=0):
    return unit_rows(np.random.default_rng(seed).normal(size=(count, width)))


@pytest.fixture
def device():
    """How many members each call was asked for."""
    asked = []

    def knn(queries, members, k):
        asked.append(k)
        return faiss.knn(queries, members, k, metric=faiss.METRIC_INNER_PRODUCT)

    multiply_on(knn)
    yield asked
    multiply_on(None)


def test_numpy_multiplies_unless_a_device_is_named():
    assert device_knn() is None


@pytest.mark.parametrize("copies", [1, 40])  # of each member: more equal ones than it answers with
def test_the_best_of_groups_are_those_of_all_products(device, copies):
    queries, members = unit(60), np.repeat(unit(240 // copies, seed=1), copies, axis=0)
    starts = np.array([0, 100, 100, 240])
    groups = np.array([[0, 2], [2, 1], [0, -1]] * 20)
    found = rank_in_groups(queries, groups, members, starts, np.arange(240), 3)
    own = [np.arange(240), np.arange(100, 240), np.arange(100)]
    for row in range(60):
        rows = own[row % 3]
        wanted = rows[ranked(queries[row : row + 1], members[rows], 3)[0]]
        assert found.members[row].tolist() == wanted.tolist()
    assert set(device) == {12}


def test_members_within_a_gap_are_all_found(device):
    queries, members = unit(20), unit(90, seed=1)
    groups, starts = np.array([[1, 0]] * 20), np.array([0, 40, 90])
    one = candidates(queries, groups, members, starts, 8, 0.6)
    multiply_on(None)
    other = candidates(queries, groups, members, starts, 8, 0.6)
    pairs = [
        set(zip(found.rows.tolist(), found.columns.tolist(), strict=True)) for found in (one, other)
    ]
    scores = queries.astype(float) @ members.astype(float).T
    within = scores >= np.maximum(
        scores.max(axis=1, keepdims=True) - 0.6, np.sort(scores, axis=1)[:, -8:-7]
    )
    wanted = set(zip(*(part.tolist() for part in np.nonzero(within)), strict=True))
    assert wanted <= pairs[0]
    assert wanted <= pairs[1]
    assert one.bar == pytest.approx(other.bar, abs=1e-6)


def test_levels_and_centroids_are_the_same(device):
    rows, cells = unit(500), unit(64, seed=2)
    levels = Levels(unit(4, seed=3), cells, np.array([0, 16, 32, 48, 64]))
    found = nearest_cells(rows, levels, 4, 3, np.inf)
    assert found.members.tolist() == ranked(rows, cells, 3).tolist()
    assert assign(rows, cells).tolist() == ranked(rows, cells, 1)[:, 0].tolist()
    fitted = fit_centroids(rows, np.arange(500), 20, 1, 5)
    assert device
    multiply_on(None)
    assert np.array_equal(fitted, fit_centroids(rows, np.arange(500), 20, 1, 5))

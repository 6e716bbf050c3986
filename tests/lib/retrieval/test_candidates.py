import numpy as np
import pytest

from realsyn_lib.embeddings import unit_rows
from realsyn_lib.retrieval.candidates import candidates, falling, kth_largest


def unit(count, width=12, seed=0):
    return unit_rows(np.random.default_rng(seed).normal(size=(count, width)))


def test_pairs_come_by_falling_score_within_rows():
    found = candidates(unit(20), np.zeros((20, 1), int), unit(90, seed=1), np.array([0, 90]), 5)
    assert (np.diff(found.rows) >= 0).all()
    same = np.diff(found.rows) == 0
    assert (np.diff(found.scores)[same] <= 0).all()
    assert np.bincount(found.rows).tolist() == [5] * 20


def test_the_bar_is_the_score_of_the_last_wanted_one():
    queries, members = unit(20), unit(90, seed=1)
    found = candidates(queries, np.zeros((20, 1), int), members, np.array([0, 90]), 5)
    fifth = np.sort(queries.astype(float) @ members.astype(float).T, axis=1)[:, -5]
    assert found.bar == pytest.approx(fifth, abs=1e-6)


def test_a_gap_leaves_out_what_is_much_worse_than_the_best():
    queries, members = unit(20), unit(90, seed=1)
    found = candidates(queries, np.array([[1, 0]] * 20), members, np.array([0, 40, 90]), 30, 0.2)
    scores = queries.astype(float) @ members.astype(float).T
    wanted = (scores >= scores.max(axis=1, keepdims=True) - 0.2).sum(axis=1)
    assert np.bincount(found.rows).tolist() == np.minimum(wanted, 30).tolist()


@pytest.mark.parametrize("block", [1, 100, 2**22])
def test_blocks_of_any_size_find_the_same_pairs(block, monkeypatch):
    monkeypatch.setattr("realsyn_lib.retrieval.candidates._BLOCK", block)
    queries, members = unit(200), unit(90, seed=1)
    groups = np.array([[0, 2], [2, 1], [1, -1], [3, 0]] * 50)
    found = candidates(queries, groups, members, np.array([0, 30, 31, 90, 90]), 4)
    pairs = set(zip(found.rows.tolist(), found.columns.tolist(), strict=True))
    for row in range(200):
        own = [*range(30), *range(31, 90)] if row % 4 == 0 else []
        own = own or ([*range(30, 90)] if row % 4 == 1 else [30] if row % 4 == 2 else [*range(30)])
        scores = members[own].astype(float) @ queries[row].astype(float)
        assert {(row, own[place]) for place in np.argsort(-scores)[:4]} <= pairs


def test_no_groups_are_no_pairs():
    found = candidates(unit(3), np.full((3, 2), -1), unit(4), np.array([0, 4]), 2)
    assert found.rows.size == 0
    assert np.isneginf(found.bar).all()


def test_keys_sort_rows_up_and_scores_down():
    rows = np.array([1, 0, 1, 0, 0, 1, 2**31 - 1])
    scores = np.array([0.5, -0.25, 1.0, -0.5, 0.75, -1.0, 0.0], dtype=np.float32)
    assert np.argsort(falling(rows, scores)).tolist() == [4, 1, 3, 2, 0, 5, 6]


def test_the_kth_largest_of_too_few_is_no_bar():
    scores = np.array([[3.0, 1.0, 2.0]], dtype=np.float32)
    assert [float(kth_largest(scores, k)[0]) for k in (1, 2, 3, 4)] == [3.0, 2.0, 1.0, -np.inf]

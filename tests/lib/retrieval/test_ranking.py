import numpy as np
import pytest

from realsyn_lib.embeddings import unit_rows
from realsyn_lib.errors import ShapeError
from realsyn_lib.retrieval.candidates import Pairs, candidates
from realsyn_lib.retrieval.ranking import best_columns, rank_in_groups, rank_pairs
from tests.brute_force import ranked


def unit(count, width=12, seed=0):
    return unit_rows(np.random.default_rng(seed).normal(size=(count, width)))


def stored(vectors):
    """Unit vectors as tables hold them: float16."""
    return unit_rows(vectors).astype(np.float16).astype(np.float32)


def slow_rank(queries, members, ids, top_k):
    return ranked(queries, members, top_k, ids).tolist()


def rank_members(queries, members, ids, top_k):
    one_group = np.zeros((len(queries), 1), dtype=np.int64)
    return rank_in_groups(queries, one_group, members, starts_of(len(members)), ids, top_k)


@pytest.mark.parametrize("top_k", [1, 3, 10])
@pytest.mark.parametrize("block", [1, 4000, 2**22])
def test_ranking_equals_that_of_all_products(top_k, block, monkeypatch):
    monkeypatch.setattr("realsyn_lib.retrieval.candidates._BLOCK", block)
    queries, members, ids = unit(30), unit(200, seed=1), np.arange(200)[::-1]
    found = rank_members(queries, members, ids, top_k)
    assert found.members.tolist() == slow_rank(queries, members, ids, top_k)


def test_equal_cosines_are_ordered_by_id_even_when_all_are_equal(monkeypatch):
    monkeypatch.setattr("realsyn_lib.retrieval.candidates._BLOCK", 1)
    same = np.repeat(unit(1), 500, axis=0)
    ids = np.random.default_rng(1).permutation(500)
    found = rank_members(same[:2], same, ids, top_k=4)
    assert ids[found.members].tolist() == [[0, 1, 2, 3]] * 2


def test_neither_neighbours_nor_blocks_change_a_rank_or_a_score(monkeypatch):
    queries, members, ids = unit(40, 384), unit(700, 384, seed=1), np.arange(700)
    together = rank_members(queries, members, ids, 5)
    monkeypatch.setattr("realsyn_lib.retrieval.candidates._BLOCK", 300)
    for row in range(40):
        alone = rank_members(queries[row : row + 1], members, ids, 5)
        assert alone.members[0].tolist() == together.members[row].tolist()
        assert alone.cosines[0].tolist() == together.cosines[row].tolist()


def test_too_few_members_are_marked():
    found = rank_members(unit(1), unit(2, seed=1), np.arange(2), top_k=4)
    assert (found.members[0] == -1).tolist() == [False, False, True, True]
    assert np.isnan(found.cosines[0]).tolist() == [False, False, True, True]


def test_no_members_and_no_queries_are_no_error():
    assert rank_members(unit(2), unit(0), np.arange(0), 3).members.tolist() == [[-1] * 3] * 2
    assert rank_members(unit(0), unit(2), np.arange(2), 3).members.shape == (0, 3)


def test_widths_must_agree():
    with pytest.raises(ShapeError, match="width 12, members 5"):
        rank_members(unit(1), unit(2, width=5), np.arange(2), 1)


def test_top_k_below_one_is_refused():
    with pytest.raises(ValueError, match="top_k is 0"):
        rank_members(unit(1), unit(2), np.arange(2), 0)


def starts_of(*counts):
    return np.cumsum([0, *counts])


def test_each_query_is_ranked_among_its_own_groups():
    queries, members, ids = unit(60), unit(200, seed=1), np.random.default_rng(3).permutation(200)
    starts = starts_of(0, 1, 70, 2, 60, 67)
    groups = np.array([np.random.default_rng(row).permutation(6)[:3] for row in range(60)])
    groups[::4, 1] = -1
    groups[5] = -1
    found = rank_in_groups(queries, groups, members, starts, ids, top_k=4)
    for row in range(60):
        own = [m for g in groups[row] if g >= 0 for m in range(starts[g], starts[g + 1])]
        best = slow_rank(queries[row : row + 1], members[own], ids[own], 4) if own else [[]]
        wanted = [own[place] for place in best[0]]
        assert found.members[row].tolist() == wanted + [-1] * (4 - len(wanted))


def test_a_group_that_holds_nearly_all_is_searched_in_parts(monkeypatch):
    monkeypatch.setattr("realsyn_lib.retrieval.candidates._BLOCK", 2000)
    queries, members, ids = unit(300), unit(900, seed=1), np.arange(900)
    found = rank_in_groups(queries, np.zeros((300, 1), int), members, starts_of(900), ids, 3)
    assert found.members.tolist() == slow_rank(queries, members, ids, 3)


def test_best_columns_are_those_of_the_exact_ranking_among_near_ties():
    centre = unit(1, 64)
    members = stored(centre + 1e-3 * unit(300, 64, seed=1))
    queries = stored(centre + 1e-3 * unit(50, 64, seed=2))
    near = candidates(queries, np.zeros((50, 1), int), members, starts_of(300), 5)
    exact = rank_pairs(queries, members, near, 5).members
    assert best_columns(queries, members, near, 5).tolist() == exact.tolist()
    assert exact.tolist() == slow_rank(queries, members, np.arange(300), 5)


def test_best_columns_look_again_only_where_float32_cannot_tell(monkeypatch):
    queries, members = np.eye(3, dtype=np.float32), unit_rows(np.eye(3)[[0, 0, 1, 2]])
    near = candidates(queries, np.zeros((3, 1), int), members, starts_of(4), 1)
    looked = []

    def exact(own, all_members, pairs, top_k):
        looked.extend(pairs.rows.tolist())
        return rank_pairs(own, all_members, pairs, top_k)

    monkeypatch.setattr("realsyn_lib.retrieval.ranking.rank_pairs", exact)
    assert best_columns(queries, members, near, 1).tolist() == [[0], [2], [3]]
    assert looked == [0, 0]


def test_no_pairs_are_no_columns():
    nothing = Pairs(np.arange(0), np.arange(0), np.empty(0, np.float32), np.empty(2, np.float32))
    assert best_columns(unit(2), unit(3), nothing, 2).tolist() == [[-1, -1]] * 2

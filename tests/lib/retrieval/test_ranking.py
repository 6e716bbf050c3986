import numpy as np
import pytest

from realsyn_lib.embeddings import unit_rows
from realsyn_lib.errors import ShapeError
from realsyn_lib.retrieval.ranking import rank_members


def unit(count, width=12, seed=0):
    return unit_rows(np.random.default_rng(seed).normal(size=(count, width)))


def slow_rank(queries, members, ids, top_k):
    scores = queries.astype(np.float64) @ members.astype(np.float64).T
    return [np.lexsort((ids, -row))[:top_k].tolist() for row in scores]


@pytest.mark.parametrize("top_k", [1, 3, 10])
@pytest.mark.parametrize("block_bytes", [1, 20_000, 2**26])
def test_ranking_equals_that_of_all_products(top_k, block_bytes):
    queries, members, ids = unit(30), unit(200, seed=1), np.arange(200)[::-1]
    found = rank_members(queries, members, ids, top_k, block_bytes)
    assert found.members.tolist() == slow_rank(queries, members, ids, top_k)


def test_equal_cosines_are_ordered_by_id_even_when_all_are_equal():
    same = np.repeat(unit(1), 500, axis=0)
    ids = np.random.default_rng(1).permutation(500)
    found = rank_members(same[:2], same, ids, top_k=4, block_bytes=1)
    assert ids[found.members].tolist() == [[0, 1, 2, 3]] * 2


def test_neither_neighbours_nor_blocks_change_a_rank_or_a_score():
    queries, members, ids = unit(40, 384), unit(700, 384, seed=1), np.arange(700)
    together = rank_members(queries, members, ids, 5)
    for row in range(40):
        alone = rank_members(queries[row : row + 1], members, ids, 5, block_bytes=4000)
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

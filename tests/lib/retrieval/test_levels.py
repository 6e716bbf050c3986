import numpy as np
import pytest

from realsyn_lib.embeddings import unit_rows
from realsyn_lib.errors import ContractError
from realsyn_lib.retrieval.centroids import small_centroids, write_index
from realsyn_lib.retrieval.levels import (
    LevelIndex,
    Levels,
    group_count,
    level_index,
    nearest_cells,
    one_level,
    probes,
)
from tests.brute_force import ranked


def unit(count, width=8, seed=0):
    return unit_rows(np.random.default_rng(seed).normal(size=(count, width)))


def levels(groups=6, each=5):
    """Cells around their tops, group after group."""
    tops = unit(groups)
    cells = unit_rows(np.repeat(tops, each, axis=0) + 0.3 * unit(groups * each, seed=1))
    return Levels(tops, cells, np.arange(groups + 1) * each)


def test_with_every_group_in_the_beam_the_nearest_cells_are_those_of_an_exact_search():
    vectors = unit(400, seed=2)
    found = nearest_cells(vectors, levels(), beam=6, top=4, gap=2.0)
    exact = ranked(vectors, levels().cells, 4)
    assert found.members.tolist() == exact.tolist()
    cosines = vectors.astype(float) @ levels().cells.astype(float).T
    assert found.cosines == pytest.approx(np.take_along_axis(cosines, exact, axis=1), abs=1e-6)


def test_only_cells_of_the_nearest_groups_are_looked_at():
    vectors = unit(400, seed=2)
    found = nearest_cells(vectors, levels(), beam=1, top=30, gap=4.0)
    top = ranked(vectors, levels().tops, 1)
    assert (found.members[:, :5] // 5 == top).all()
    assert (found.members[:, 5:] == -1).all()


@pytest.mark.parametrize("top", [1, 4, 15])
def test_probes_are_the_nearest_cells_without_their_cosines(top):
    vectors = unit(400, seed=2)
    found = probes(vectors, levels(), beam=3, top=top)
    exact = nearest_cells(vectors, levels(), beam=3, top=top, gap=4.0).members
    assert np.sort(found, axis=1).tolist() == np.sort(exact, axis=1).tolist()
    assert found[:, 0].tolist() == exact[:, 0].tolist()


def test_equal_cells_are_one_place_and_the_first_of_them_is_taken():
    index = one_level(small_centroids(np.repeat(unit(1), 4, axis=0))).open_mapped()
    assert probes(unit(3, seed=1), index, beam=1, top=1).tolist() == [[0], [0], [0]]


def test_what_is_no_vector_is_refused():
    vectors = unit(3, seed=1)
    vectors[1] = np.nan
    with pytest.raises(ContractError, match="row 1 has no nearest of 30 cells"):
        probes(vectors, levels(), beam=3, top=1)


def test_no_vectors_have_no_probes():
    assert probes(unit(0), levels(), beam=3, top=4).shape == (0, 4)


def test_cells_much_worse_than_the_best_are_left_out():
    vectors = unit(400, seed=2)
    found = nearest_cells(vectors, levels(), beam=6, top=30, gap=0.2)
    cosines = vectors.astype(float) @ levels().cells.astype(float).T
    wanted = (cosines >= cosines.max(axis=1)[:, None] - 0.2).sum(axis=1)
    assert (found.members != -1).sum(axis=1).tolist() == wanted.tolist()


def test_a_row_alone_finds_what_it_finds_among_others():
    vectors = unit(50, seed=2)
    together = nearest_cells(vectors, levels(), beam=2, top=6, gap=0.3)
    for row in range(50):
        alone = nearest_cells(vectors[row : row + 1], levels(), beam=2, top=6, gap=0.3)
        assert alone.members.tolist() == together.members[row : row + 1].tolist()


def test_an_index_of_levels_gives_them_back(tmp_path):
    made = levels()
    cells = write_index(made.cells, str(tmp_path / "cells"))
    index = LevelIndex(small_centroids(made.tops), cells, tuple(made.starts.tolist()))
    assert hash(index) == hash(index)
    opened = index.open_mapped()
    assert all(
        np.array_equal(getattr(opened, name), getattr(made, name))
        for name in ("tops", "cells", "starts")
    )


@pytest.mark.parametrize(("cells", "groups"), [(1, 1), (64, 1), (100, 10), (10**6, 1000)])
def test_groups_are_the_square_root_of_many_cells(cells, groups):
    assert group_count(cells, sample_bytes=0) == groups


def test_many_bytes_make_more_groups_but_never_more_than_cells():
    assert group_count(10**6, sample_bytes=2**40) == 4096
    assert group_count(100, sample_bytes=2**40) == 100


def test_the_top_of_a_group_is_the_mean_of_its_cells_and_empty_groups_are_left_out():
    cells = small_centroids(np.array([[1, 0], [0, 1], [0.6, 0.8]], np.float32))
    opened = level_index(cells, np.array([2, 0, 1])).open_mapped()
    assert opened.starts.tolist() == [0, 2, 3]
    assert opened.tops == pytest.approx(np.array([[0.5**0.5, 0.5**0.5], [0.6, 0.8]]))


def test_one_level_compares_all_cells():
    cells, vectors = unit(30), unit(50, seed=1)
    index = one_level(small_centroids(cells)).open_mapped()
    exact = ranked(vectors, cells, 3)
    assert probes(vectors, index, beam=1, top=3).tolist() == exact.tolist()

import numpy as np
import pytest

from realsyn_lib.dedup.components import connected_components
from realsyn_lib.dedup.near_vectors import near_vectors
from realsyn_lib.embeddings import unit_rows
from realsyn_lib.errors import ShapeError


def scattered(count=300, width=16, seed=2):
    """Vectors around a few directions, so that chains, cliques and loners occur."""
    generator = np.random.default_rng(seed)
    centres = generator.normal(size=(40, width))
    return unit_rows(
        centres[generator.integers(0, 40, count)] + 0.3 * generator.normal(size=(count, width))
    )


def all_pairs(vectors, ids, max_distance):
    wide = vectors.astype(np.float64)
    left, right = np.nonzero(np.triu(wide @ wide.T >= 1 - max_distance, 1))
    return ids[left], ids[right]


@pytest.mark.parametrize("max_distance", [0.02, 0.1, 0.25])
@pytest.mark.parametrize("block_bytes", [1, 100_000, 2**26])
def test_components_equal_those_of_all_pairs(max_distance, block_bytes):
    vectors = scattered()
    ids = np.random.default_rng(3).permutation(300) * 7 - 1000
    found = connected_components(*near_vectors(vectors, ids, max_distance, block_bytes))
    slow = connected_components(*all_pairs(vectors, ids, max_distance))
    assert found.ids.tolist() == slow.ids.tolist()
    assert found.component_ids.tolist() == slow.component_ids.tolist()


def test_a_thousand_equal_vectors_make_999_edges_to_the_smallest_id():
    vectors = np.repeat(scattered(count=1), 1000, axis=0)
    src, dst = near_vectors(vectors, np.arange(5000, 6000), 0.1, block_bytes=2**20)
    assert src.tolist() == list(range(5001, 6000))
    assert set(dst) == {5000}


def test_order_of_rows_changes_nothing():
    vectors, ids = scattered(), np.arange(300)
    moved = np.random.default_rng(4).permutation(300)
    here = np.stack(near_vectors(vectors, ids, 0.1))
    there = np.stack(near_vectors(vectors[moved], ids[moved], 0.1))
    assert here.tolist() == there.tolist()


def test_the_distance_itself_still_joins():
    vectors = np.array([[1.0, 0.0], [0.5, np.sqrt(0.75)]], dtype=np.float32)
    assert len(near_vectors(vectors, np.array([1, 2]), 0.5)[0]) == 1
    assert len(near_vectors(vectors, np.array([1, 2]), 0.4999)[0]) == 0


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_to_compare_gives_no_edge(count):
    src, dst = near_vectors(scattered(count=1)[:count], np.arange(count), 0.1)
    assert src.size == dst.size == 0


def test_ids_must_be_as_many_as_vectors():
    with pytest.raises(ShapeError):
        near_vectors(scattered(count=3), np.arange(2), 0.1)


@pytest.mark.parametrize("block_bytes", [1, 2**26])
def test_rows_behind_the_members_are_compared_with_members_only(block_bytes):
    vectors, ids = scattered(), np.arange(300)
    src, dst = near_vectors(vectors, ids, 0.1, block_bytes, members=100)
    left, right = all_pairs(vectors, ids, 0.1)
    slow = connected_components(left[left < 100], right[left < 100])
    found = connected_components(src, dst)
    assert found.component_ids.tolist() == slow.component_ids.tolist()


def test_what_is_no_number_joins_nothing():
    vectors = np.vstack([scattered(count=1), np.full((2, 16), np.nan), np.zeros((2, 16))])
    assert len(near_vectors(vectors.astype(np.float32), np.arange(5), 0.1)[0]) == 0

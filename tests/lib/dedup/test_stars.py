import numpy as np
import pytest

from realsyn_lib.dedup.components import connected_components
from realsyn_lib.dedup.stars import hang


def rounds(pairs):
    """Hang until nothing is open; returns {id: the end of its only edge} and the rounds."""
    src, dst = pairs.max(axis=1), pairs.min(axis=1)
    for number in range(1, 100):
        node = np.concatenate([src, dst])
        found = hang(node, np.tile(src, 2), np.tile(dst, 2))
        src, dst = found.src, found.dst
        if not found.is_open.any():
            assert len(np.unique(src)) == len(src)
            return dict(zip(src.tolist(), dst.tolist(), strict=True)), number
    raise AssertionError("still open after 99 rounds")


def labels(pairs):
    found = connected_components(pairs[:, 0], pairs[:, 1])
    named = zip(found.ids.tolist(), found.component_ids.tolist(), strict=True)
    return {number: root for number, root in named if number != root}


@pytest.mark.parametrize("seed", range(20))
def test_random_graphs_end_as_stars_on_the_smallest_id(seed):
    generator = np.random.default_rng(seed)
    pairs = generator.integers(-60, 60, (generator.integers(1, 120), 2))
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    assert rounds(pairs)[0] == labels(pairs)


def test_a_chain_takes_rounds_like_the_logarithm_of_its_length():
    names = np.random.default_rng(1).permutation(4096)
    pairs = np.stack([names[:-1], names[1:]], axis=1)
    stars, number = rounds(pairs)
    assert stars == dict.fromkeys(range(1, 4096), 0)
    assert number <= 16


def test_a_star_is_done_at_once_and_a_node_with_two_smaller_neighbours_is_open():
    star = np.array([[5, 1], [6, 1], [7, 1]])
    assert rounds(star) == ({5: 1, 6: 1, 7: 1}, 1)
    found = hang(np.array([9, 9]), np.array([9, 9]), np.array([2, 4]))
    assert (found.src.tolist(), found.dst.tolist(), found.is_open.all()) == ([4], [2], True)


def test_equal_edges_become_one_which_is_open_if_either_was():
    found = hang(np.array([1, 1, 1]), np.array([5, 5, 6]), np.array([1, 1, 1]))
    assert (found.src.tolist(), found.dst.tolist()) == ([5, 6], [1, 1])
    assert not found.is_open.any()

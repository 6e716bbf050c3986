import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components as scipy_components

from realsyn_lib.dedup.components import component_labels, connected_components, star_edges
from realsyn_lib.errors import ShapeError


def slow_labels(count, left, right):
    """The smallest row of each component, by scipy."""
    graph = coo_array((np.ones(len(left)), (left, right)), shape=(count, count))
    groups = scipy_components(graph, directed=False)[1]
    smallest = np.full(count, count)
    np.minimum.at(smallest, groups, np.arange(count))
    return smallest[groups]


def power_law(generator, count):
    ends = (count * generator.power(0.2, size=(2, 2 * count))).astype(np.int64)
    return ends[0], ends[1]


def graphs():
    generator = np.random.default_rng(5)
    count = 3000
    rows, mixed = np.arange(count), generator.permutation(count)
    clique = np.triu_indices(60, 1)
    yield "random", generator.integers(0, count, (2, 1400))
    yield "chain", (rows[:-1], rows[1:])
    yield "mixed chain", (mixed[:-1], mixed[1:])
    yield "star around the smallest", (np.zeros(count - 1, np.int64), rows[1:])
    yield "star around the largest", (np.full(count - 1, count - 1), rows[:-1])
    yield "clique", (mixed[clique[0]], mixed[clique[1]])
    yield "power law", power_law(generator, count)
    yield "zigzag", (rows[: count // 2], rows[::-1][: count // 2])
    yield "none", (rows[:0], rows[:0])


@pytest.mark.parametrize("edges", [pytest.param(edges, id=name) for name, edges in graphs()])
def test_labels_equal_those_of_scipy(edges):
    left, right = np.asarray(edges[0], np.int64), np.asarray(edges[1], np.int64)
    expected = slow_labels(3000, left, right)
    assert component_labels(3000, left, right).tolist() == expected.tolist()


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=25))
def test_any_small_graph_equals_scipy(edges):
    left, right = np.array(edges, dtype=np.int64).reshape(-1, 2).T
    assert component_labels(13, left, right).tolist() == slow_labels(13, left, right).tolist()


def test_ids_beyond_two_to_the_53_stay_exact():
    big = 2**62 + 1
    found = connected_components(np.array([big + 1, -5]), np.array([big, big + 1]))
    assert found.ids.tolist() == [-5, big, big + 1]
    assert found.component_ids.tolist() == [-5, -5, -5]


def test_order_and_direction_of_edges_change_nothing():
    generator = np.random.default_rng(6)
    src, dst = generator.integers(-(2**60), 2**60, (2, 500)) // 2**51
    order = generator.permutation(500)
    here = connected_components(src, dst)
    there = connected_components(dst[order], src[order])
    assert (here.ids.tolist(), here.component_ids.tolist()) == (
        there.ids.tolist(),
        there.component_ids.tolist(),
    )


def test_stars_of_parts_have_the_components_of_the_whole():
    generator = np.random.default_rng(7)
    src, dst = generator.integers(0, 400, (2, 380))
    parts = [star_edges(src[part::3], dst[part::3]) for part in range(3)]
    reduced = connected_components(*map(np.concatenate, zip(*parts, strict=True)))
    whole = connected_components(src, dst)
    component_of = dict(zip(whole.ids, whole.component_ids, strict=True))
    assert [component_of[row] for row in reduced.ids] == reduced.component_ids.tolist()
    alone = set(whole.ids) - set(reduced.ids)
    assert all(component_of[row] == row for row in alone)


def test_a_clique_becomes_a_star():
    src, dst = np.triu_indices(50, 1)
    assert [len(ends) for ends in star_edges(src, dst)] == [49, 49]


def test_sources_and_targets_must_be_as_many():
    with pytest.raises(ShapeError):
        connected_components(np.arange(3), np.arange(2))

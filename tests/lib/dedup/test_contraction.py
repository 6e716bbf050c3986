"""A step of contraction keeps components and halves what has edges."""

import numpy as np
import pytest

from realsyn_lib.dedup.components import component_labels
from realsyn_lib.dedup.contraction import choose_leaders, edges_of_leaders

RNG = np.random.default_rng(3)
N = 4000


def graphs():
    rows = RNG.permutation(N)
    yield "star", np.full(N - 1, rows[0]), rows[1:]
    yield "chain", rows[:-1], rows[1:]
    yield "chain in order", np.arange(N - 1), np.arange(1, N)
    yield "pairs", rows[: N // 2], rows[N // 2 :]
    yield "random", *RNG.integers(0, N, (2, N // 2))
    yield "clique", *np.triu_indices(60, 1)


def step(left, right, seed=0):
    """Leaders of all nodes with an edge, by node, and the edges between leaders."""
    edge = left != right
    left, right = left[edge].astype(np.int64), right[edge].astype(np.int64)
    led = choose_leaders(np.concatenate([left, right]), np.concatenate([right, left]), seed)
    leader = np.arange(N)
    leader[led.node[led.is_own]] = led.leader[led.is_own]
    return leader, edges_of_leaders(led)


@pytest.mark.parametrize(("name", "left", "right"), list(graphs()))
def test_components_of_the_leaders_are_those_of_the_graph(name, left, right):
    leader, (src, dst) = step(left, right)
    after = component_labels(N, src, dst)[leader]
    before = component_labels(N, left, right)
    assert len(np.unique(np.stack([before, after]), axis=1).T) == len(np.unique(before))
    assert len(np.unique(after)) == len(np.unique(before))


@pytest.mark.parametrize(("name", "left", "right"), list(graphs()))
def test_a_leader_is_the_node_or_a_neighbour(name, left, right):
    leader, _ = step(left, right, seed=5)
    near = {(node, node) for node in range(N)}
    near |= {*zip(left.tolist(), right.tolist()), *zip(right.tolist(), left.tolist())}
    assert {*enumerate(leader.tolist())} <= near


@pytest.mark.parametrize(("name", "left", "right"), list(graphs()))
def test_a_few_steps_leave_no_edge_and_cost_little_more_than_the_first(name, left, right):
    counts = []
    for seed in range(14):
        _, (left, right) = step(left, right, seed)
        counts.append(len(np.unique([left, right])))
        if not counts[-1]:
            break
    assert counts[-1] == 0
    assert sum(counts) < 2 * N


def test_ids_over_the_whole_range_come_back():
    ends = np.array([-(2**63), 2**63 - 1, 0, -1], np.int64)
    led = choose_leaders(ends, ends[::-1].copy(), 7)
    assert set(led.leader.tolist()) <= set(ends.tolist())

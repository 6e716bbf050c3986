"""Components of near pairs, in one task and in rounds, against scipy."""

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components as scipy_components

from jobs.dedup.components import components
from tests.frames import rows_of
from tests.jobs.scratch_stage import ScratchStage

pytestmark = pytest.mark.spark

EDGE = "src bigint, dst bigint"


@pytest.mark.parametrize("component_ids", [100, 3])
def test_chained_pairs_are_one_component_named_by_its_smallest_id(spark, tmp_path, component_ids):
    edges = spark.createDataFrame([(4, 7), (7, 2), (9, 8)], EDGE).repartition(3)
    stage = ScratchStage(spark, tmp_path, component_ids)
    assert rows_of(components(stage, edges, 6), "id", "component_id") == [
        (2, 2), (4, 2), (7, 2), (8, 8), (9, 8),
    ]  # fmt: skip
    assert bool(stage.made) == (component_ids == 3)


@pytest.mark.parametrize("component_ids", [100, 3])
def test_no_edge_makes_no_component(spark, tmp_path, component_ids):
    stage = ScratchStage(spark, tmp_path, component_ids)
    assert components(stage, spark.createDataFrame([], EDGE), 6).count() == 0


def exact(pairs):
    """(id, smallest id of its component) of every id that has an edge, by scipy."""
    ids, rows = np.unique(pairs, return_inverse=True)
    left, right = rows.reshape(-1, 2).T
    graph = coo_array((np.ones(len(left)), (left, right)), shape=(len(ids), len(ids)))
    labels = scipy_components(graph, directed=False)[1]
    smallest = np.full(len(ids), 2**63 - 1)
    np.minimum.at(smallest, labels, ids)
    return list(zip(ids.tolist(), smallest[labels].tolist(), strict=True))


def names(generator, count):
    """Distinct ids over the whole range of int64, its ends among them."""
    drawn = generator.integers(-(2**63), 2**63 - 1, count - 2, endpoint=True)
    return generator.permutation(np.unique(np.r_[drawn, -(2**63), 2**63 - 1]))


def shapes(generator, count):
    rows = generator.permutation(count)
    law = np.minimum((count * generator.power(0.3, (count, 2))).astype(int), count - 1)
    yield "random", generator.integers(0, count, (count // 2, 2))
    yield "star", np.stack([np.full(count - 1, rows[0]), rows[1:]], axis=1)
    yield "chain", np.stack([rows[:-1], rows[1:]], axis=1)
    yield "clique", np.stack(np.triu_indices(40), axis=1)
    yield "power law", law


@pytest.mark.parametrize(
    ("seed", "component_ids", "partitions"), [(1, 10**6, 5), (2, 400, 1), (3, 400, 4)]
)
def test_all_shapes_at_once_equal_scipy(spark, tmp_path, seed, component_ids, partitions):
    """All shapes in one edge list, each with ids of its own, edges in any order and direction."""
    generator, count = np.random.default_rng(seed), 200
    own = names(generator, 1000)
    lists = [
        own[number * count : (number + 1) * count][edges]
        for number, (_, edges) in enumerate(shapes(generator, count))
    ]
    pairs = generator.permuted(generator.permutation(np.concatenate(lists)), axis=1)
    edges = spark.createDataFrame(pairs.tolist(), EDGE).repartition(partitions)
    stage = ScratchStage(spark, tmp_path, component_ids)
    found = components(stage, edges, 1000)
    assert sorted(map(tuple, found.collect())) == exact(pairs)
    assert len(stage.made) in (range(1, 12) if component_ids == 400 else [0])

"""The sides of components.py give one answer."""

import numpy as np
import pytest
from components import in_memory, made_edges, ours, write_edges

pytestmark = pytest.mark.spark


@pytest.mark.parametrize("component_ids", [None, 2000])
def test_both_sides_label_every_id_alike(spark, tmp_path, component_ids):
    place = tmp_path / "edges.parquet"
    write_edges(place, made_edges(5000))
    exact = in_memory(str(place))[1]
    found = ours(str(place), len(exact), 2, component_ids, str(tmp_path))[1]
    assert np.array_equal(found, exact)
    sizes = np.sort(np.unique(exact[:, 1], return_counts=True)[1])
    assert sizes[-1] > 1000


def test_made_edges_hold_a_star_and_a_chain():
    edges = made_edges(5000)
    assert edges.shape == (5000, 2)
    ids, degrees = np.unique(edges, return_counts=True)
    assert degrees.max() == 201  # 200 edges, one of them from the hub to itself
    assert np.array_equal(edges, made_edges(5000))
    assert len(ids) < 6000


def test_a_star_and_a_chain_are_one_component_each():
    for shape in ("star", "chain"):
        edges = made_edges(50, shape)
        assert len(edges) == 50
        ids, degrees = np.unique(edges, return_counts=True)
        assert (len(ids), degrees.max()) == (51, 50 if shape == "star" else 2)

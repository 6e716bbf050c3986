"""The sides of pair_search.py give one answer, and it is the exhaustive one."""

import argparse

import numpy as np
import pyarrow.parquet as pq
import pytest
from pair_search import faiss_flat, faiss_multi_hash, made_hashes, ours, placed

from realsyn_lib.dedup.components import connected_components

pytestmark = pytest.mark.spark


def partition_of(pairs):
    """The components that pairs of ids make, as sets."""
    found = connected_components(pairs[:, 0], pairs[:, 1])
    return {frozenset(found.ids[found.component_ids == name]) for name in set(found.component_ids)}


@pytest.mark.parametrize("distance", [6, 10])
def test_all_sides_join_the_same_hashes(spark, tmp_path, distance):
    place = placed(argparse.Namespace(hashes=None, n=3000), tmp_path)
    hashes = pq.read_table(place)["phash"].to_numpy().view(np.uint64)
    apart = np.bitwise_count(hashes[:, None] ^ hashes[None, :])
    exact = np.argwhere(np.triu(apart <= distance, k=1))
    assert len(exact) > 100
    for side in (ours, faiss_flat, faiss_multi_hash):
        assert partition_of(side(str(place), distance, 2)[1]) == partition_of(exact), side


def test_made_hashes_are_always_the_same_and_one_in_eleven_is_a_near_copy():
    hashes = made_hashes(1100)
    assert np.array_equal(hashes, made_hashes(1100))
    apart = np.bitwise_count(hashes[:100] ^ hashes[-100:])
    assert set(apart.tolist()) == set(range(1, 13))

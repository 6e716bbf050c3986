"""The sides of semantic_dedup.py on a tiny size: quality and false merges are what they say."""

import argparse

import numpy as np
import pytest
from semantic_dedup import (
    faiss_flat,
    false_share,
    joined,
    made_vectors,
    ours,
    placed,
    planted,
    semdedup,
)


@pytest.mark.spark
def test_ours_joins_the_pairs_of_the_exact_search_and_no_others(spark, tmp_path):
    arguments = argparse.Namespace(base=None, n=3000, width=48, eps=0.1)
    place = str(placed(arguments, tmp_path))
    truth = faiss_flat(place, 0.1, 2)[1]
    known = {tuple(pair) for pair in truth.tolist()}
    assert sum(tuple(pair) in known for pair in planted(3000, arguments).tolist()) > 730
    answer = ours(place, 0.1, 2)[1]
    assert joined(answer, truth, 3000) >= 0.99
    assert false_share(answer, truth, 3000) == 0.0
    assert joined(semdedup(place, 0.1, 2)[1], truth, 3000) < joined(answer, truth, 3000)


def test_made_vectors_have_their_partners_at_every_distance_up_to_eps():
    rows = made_vectors(400, 48)
    assert np.array_equal(rows, made_vectors(400, 48))
    distances = 1 - np.einsum("ij,ij->i", rows[:100], rows[300:])
    assert np.histogram(distances, bins=5, range=(0, 0.1))[0].min() > 10
    assert np.histogram(distances, bins=5, range=(0, 0.1))[0].sum() == 100


def test_shares_of_joined_and_of_false_pairs():
    truth = np.array([[0, 1], [1, 2], [5, 6]])
    answer = np.array([[2, 0], [0, 1], [7, 6]])
    assert joined(answer, truth, 8) == pytest.approx(2 / 3)
    assert false_share(answer, truth, 8) == pytest.approx(1 / 3)

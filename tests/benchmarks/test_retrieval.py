"""The sides of retrieval.py, kmeans.py and assignment.py answer one question, at small size."""

from argparse import Namespace

import assignment
import kmeans
import numpy as np
import pytest
import retrieval
import retrieval_stage
from searched_vectors import loaded, made_file


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    asked = Namespace(base=None, queries=None, n=6000, asked=2000, width=24, clusters=100, k=3)
    return retrieval.prepared(asked, tmp_path_factory.mktemp("retrieval"))


def test_both_searches_reach_the_recall_and_agree_with_the_exact_one(searched):
    exact = np.load(searched / "exact.npy")
    answers = {}
    for side in (retrieval.ours, retrieval.faiss_ivf, retrieval.faiss_flat):
        _, (_, _, found) = side(str(searched), 3, 0.9, 2)
        answers[side.__name__] = retrieval.recall(found, exact)
    assert min(answers["ours"], answers["faiss_ivf"]) >= 0.9
    assert answers["faiss_flat"] == 1.0


def test_one_cluster_is_well_below_the_wanted_recall(searched):
    _, (nprobe, _, found) = retrieval.ours(str(searched), 3, 0.01, 1)
    assert nprobe == 1
    assert retrieval.recall(found, np.load(searched / "exact.npy")) < 0.9


def test_recall_counts_answers_in_any_order():
    found, exact = np.array([[3, 1, 2], [4, 5, -1]]), np.array([[1, 2, 3], [4, 6, 7]])
    assert retrieval.recall(found, exact) == pytest.approx(4 / 6)


def test_made_vectors_are_the_same_again_and_of_stored_precision(tmp_path):
    one, other = (
        loaded(str(made_file(tmp_path / name, 500, 16, 3))) for name in ("a.npy", "b.npy")
    )
    assert np.array_equal(one, other)
    assert np.array_equal(one, one.astype(np.float16).astype(np.float32))
    assert np.linalg.norm(one, axis=1) == pytest.approx(np.ones(500), abs=1e-3)


@pytest.mark.spark
def test_both_fits_have_about_the_same_inertia(spark, tmp_path):
    base = made_file(tmp_path / "base.npy", 8000, 24, 1)
    kmeans.placed(base, tmp_path / "vectors.parquet")
    rows = loaded(str(base))
    costs = {}
    for side in (kmeans.ours, kmeans.faiss_kmeans):
        _, centroids = side(str(tmp_path), str(base), 200, 2, 2)
        assert len(centroids) == pytest.approx(200, abs=4)
        costs[side.__name__] = 1 - kmeans.mean_cosine(rows, centroids)
    assert costs["ours"] <= 1.05 * costs["faiss_kmeans"]


def test_two_levels_agree_with_a_flat_search(tmp_path):
    base = made_file(tmp_path / "base.npy", 5000, 24, 1)
    levels = assignment.fitted_levels(loaded(str(base)), 300, rows_each=16)
    for name in ("tops", "cells", "starts"):
        np.save(tmp_path / f"{name}.npy", getattr(levels, name))
    (_, (_, ours)), (_, (_, exact)) = (
        side(str(base), str(tmp_path), 8, 2) for side in (assignment.ours, assignment.faiss_flat)
    )
    assert (ours == exact).mean() > 0.97


@pytest.mark.spark
def test_the_stage_and_one_faiss_process_find_the_same(spark, searched):
    ids = np.arange(len(np.load(searched / "rows.npy")))
    retrieval_stage.write_tables(searched, searched / "all", np.arange(1500), ids)
    retrieval_stage.write_tables(searched, searched / "small", np.arange(100), ids)
    exact = np.load(searched / "exact.npy")
    found = {}
    for side in (retrieval_stage.ours, retrieval_stage.faiss_ivf):
        _, (facts, found[side.__name__]) = side(str(searched), 10, 8, 2)
        assert found[side.__name__].shape == (1000, 3)
        if side is retrieval_stage.ours:
            assert facts["recall"] == pytest.approx(
                retrieval.recall(found["ours"], exact), abs=0.05
            )
            assert facts["shuffled_mb"] > 0
    assert (found["ours"] == found["faiss_ivf"]).mean() > 0.95

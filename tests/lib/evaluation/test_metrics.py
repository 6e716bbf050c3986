import math

import numpy as np
import pytest

from realsyn_lib.errors import ShapeError
from realsyn_lib.evaluation.metrics import (
    mean_per_class_recall,
    ranked_classes,
    roc_auc,
    top_accuracy,
)


def ints(*values):
    return np.array(values, dtype=np.int64)


def test_classes_are_ranked_by_score_and_equal_ones_by_number():
    scores = np.array([[0.1, 0.9, 0.5], [0.7, 0.7, 0.7]], dtype=np.float32)
    assert ranked_classes(scores, 2).tolist() == [[1, 2], [0, 1]]


def test_accuracy_counts_labels_among_the_first_classes():
    """Labels 3, 0, 1: first, fifth, not among five."""
    ranked = np.array([[3, 1, 2, 0, 4], [1, 2, 3, 4, 0], [0, 2, 3, 4, 5]])
    labels = ints(3, 0, 1)
    assert top_accuracy(ranked, labels, 1) == pytest.approx(1 / 3)
    assert top_accuracy(ranked, labels, 4) == pytest.approx(1 / 3)
    assert top_accuracy(ranked, labels, 5) == pytest.approx(2 / 3)


def test_of_fewer_than_five_classes_there_is_no_top_five():
    assert math.isnan(top_accuracy(np.array([[0, 1]]), ints(0), 5))


def test_labels_and_rows_must_be_as_many():
    with pytest.raises(ShapeError, match="2 rows, 1 labels"):
        top_accuracy(np.array([[0], [1]]), ints(0), 1)


def test_each_class_that_occurs_has_an_equal_say():
    """Class 0: 3 of 4, class 2: 0 of 1; class 1 does not occur."""
    assert mean_per_class_recall(ints(0, 0, 0, 1, 1), ints(0, 0, 0, 0, 2)) == pytest.approx(0.375)


def test_the_area_under_the_curve_by_hand():
    """Of the four pairs of a 1 and a 0 three are in order, and one is even."""
    scores = np.array([0.9, 0.4, 0.4, 0.1], dtype=np.float32)
    assert roc_auc(scores, ints(1, 1, 0, 0)) == pytest.approx(3.5 / 4)
    assert math.isnan(roc_auc(scores, ints(1, 1, 1, 1)))


def test_the_area_is_the_share_of_pairs_in_order():
    for seed in range(200):
        chance = np.random.default_rng(seed)
        count = int(chance.integers(1, 30))
        scores = chance.integers(0, 6, count).astype(np.float32)
        labels = chance.integers(0, 2, count)
        pairs = [
            1.0 if high > low else 0.5 if high == low else 0.0
            for high in scores[labels == 1]
            for low in scores[labels == 0]
        ]
        found = roc_auc(scores, labels)
        assert math.isnan(found) if not pairs else found == pytest.approx(np.mean(pairs)), seed

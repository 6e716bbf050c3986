"""The map of topics: like texts lie together, and the same weights give the same picture."""

import numpy as np
import pytest

from realsyn_lib.assess.topic_map import topic_map


def of_three_topics(each: int) -> np.ndarray:
    """Weights of texts of three topics, those of one topic alike but not the same."""
    draw = np.random.default_rng(5)
    weights = np.full((3 * each, 3), 0.05)
    weights[np.arange(3 * each), np.repeat(np.arange(3), each)] = 0.9
    weights += draw.uniform(0, 0.02, weights.shape)
    return weights / weights.sum(axis=1, keepdims=True)


@pytest.fixture(scope="module")
def places() -> np.ndarray:
    return topic_map(of_three_topics(20), seed=1)


def test_the_nearest_text_is_of_the_same_topic(places):
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    assert (apart.argmin(axis=1) // 20 == np.repeat(np.arange(3), 20)).all()


def test_the_map_fills_its_square_and_no_more(places):
    assert np.abs(places).max() == pytest.approx(1.0)
    assert places.max(axis=0) + places.min(axis=0) == pytest.approx([0.0, 0.0], abs=1e-9)


def test_last_digits_of_a_fit_change_nothing(places):
    noise = np.random.default_rng(6).uniform(-1e-9, 1e-9, (60, 3))
    np.testing.assert_array_equal(topic_map(of_three_topics(20) + noise, seed=1), places)


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_too_few_texts_for_a_map_lie_in_its_middle(rows):
    assert topic_map(np.full((rows, 2), 0.5), seed=1).tolist() == [[0.0, 0.0]] * rows


def test_four_texts_are_enough_and_equal_ones_lie_in_the_middle():
    assert np.isfinite(topic_map(np.eye(4), seed=1)).all()
    assert not topic_map(np.full((9, 2), 0.5), seed=1).any()

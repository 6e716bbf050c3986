import numpy as np
import pytest

from udfs.models.best_tags import best_tags
from udfs.models.tagger import load_tagger


def test_tags_come_best_first_and_weak_ones_are_left_out():
    scores = np.array([[0.1, 0.6, 0.3], [0.4, 0.2, 0.4]])
    assert best_tags(scores, ["a", "b", "c"], max_tags=2, min_score=0.25) == [
        [("b", 0.6), ("c", 0.3)],
        [("a", 0.4), ("c", 0.4)],
    ]


def test_an_image_may_have_no_tag():
    assert best_tags(np.array([[0.1, 0.2]]), ["a", "b"], max_tags=2, min_score=0.5) == [[]]


@pytest.mark.models
def test_known_photographs_get_their_tags(models, photographs):
    flower, china = load_tagger(models, "efficientnet-lite0").tag(photographs, 5, 0.01)
    assert flower[0][0] == "daisy"
    assert "palace" in [tag for tag, _ in china]


@pytest.mark.models
def test_every_class_has_a_name_of_its_own_or_a_known_twin(models):
    labels = load_tagger(models, "efficientnet-lite0").labels
    assert len(labels) == 1000
    assert (labels[0], labels[985]) == ("tench", "daisy")
    assert len(set(labels)) >= 998


@pytest.mark.models
def test_an_images_tags_do_not_depend_on_its_neighbours(models, photographs, noise):
    tagger = load_tagger(models, "efficientnet-lite0")
    alone = tagger.tag(photographs[1:], 5, 0.0)[0]
    assert tagger.tag(np.concatenate([noise, photographs]), 5, 0.0)[-1] == alone

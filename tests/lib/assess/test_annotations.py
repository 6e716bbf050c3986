"""Entities and density of captions by the light tagger, against what a person reads in them."""

import os

import numpy as np
import pytest

from realsyn_lib.assess.annotations import LightAnnotator
from realsyn_lib.models.cache import cache_root, require_folder
from realsyn_lib.models.registry import load_registry
from realsyn_lib.resources import resource_path
from realsyn_lib.sentences.tagger import load_tagger

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def annotator() -> LightAnnotator:
    registry = load_registry(resource_path("conf", "models.yaml"))
    folder = require_folder(registry, "light", cache_root(os.environ))
    return LightAnnotator(load_tagger(str(folder / "perceptron.json")))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Golden Gate Bridge crosses the bay.", ["bay", "golden gate bridge"]),
        ("Two old fishing boats lie in the harbour.", ["fishing boat", "harbour"]),
        ("A dog and a dog and the dogs.", ["dog"]),  # each once, in the singular
        ("Run quickly!", []),
        ("", []),
    ],
)
def test_an_entity_is_a_group_of_nouns(annotator, text, expected):
    assert annotator.annotate([text]).entities == [expected]


def test_a_sign_apart_changes_no_entity(annotator):
    found = annotator.annotate(["Two boats lie in the harbour.", "Two boats lie in the harbour ."])
    assert found.entities == [["boat", "harbour"], ["boat", "harbour"]]


def test_density_is_nouns_verbs_and_adjectives_over_words_without_auxiliaries(annotator):
    # black, cat, chases, small, bird of seven words; is and the marks do not count
    dense, helped, none = annotator.annotate(
        ["A black cat chases a small bird.", "The dog is here.", "... !"]
    ).density
    assert dense == pytest.approx(5 / 7)
    assert helped == pytest.approx(1 / 4)
    assert np.isnan(none)


def test_a_text_does_not_see_its_neighbours(annotator):
    texts = ["Boston", "Harbour lights shine.", "", "A long red boat", "house"]
    together = annotator.annotate(texts)
    alone = [annotator.annotate([text]) for text in texts]
    assert together.entities == [one.entities[0] for one in alone]
    np.testing.assert_array_equal(together.density, np.concatenate([one.density for one in alone]))


def test_a_list_of_nouns_without_end_keeps_its_last_words(annotator):
    (entities,) = annotator.annotate(["house " * 40]).entities
    assert entities == ["house house house house house"]

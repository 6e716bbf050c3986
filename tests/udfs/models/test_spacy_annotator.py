"""The spaCy annotator with a real pipeline: rules of its own, no download."""

import math

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc

from realsyn_lib.errors import ModelError
from udfs.models.load_annotator import worker_annotator
from udfs.models.load_parser import ParserUse
from udfs.models.spacy_annotator import SpacyAnnotator

NOUNS = {"cat", "cats", "wall", "stone", "Boston", "Harbour"}


@Language.component("assess_test_tags")
def tags(doc: Doc) -> Doc:
    """Parts of speech by a list: enough for a pipeline whose tags a person knows."""
    for token in doc:
        token.pos_ = "NOUN" if token.text in NOUNS else "VERB" if token.text == "sleep" else "X"
    return doc


def pipeline(*patterns: dict[str, str]) -> Language:
    nlp = spacy.blank("en")
    nlp.add_pipe("assess_test_tags")
    if patterns:
        nlp.add_pipe("entity_ruler", name="ner").add_patterns(list(patterns))
    return nlp


def test_without_names_the_groups_of_nouns_count_in_the_singular():
    found = SpacyAnnotator(pipeline()).annotate(["The cats sleep on a stone wall", "", "a cat cat"])
    assert found.entities == [["cat", "stone wall"], [], ["cat cat"]]
    assert found.density[0] == pytest.approx(4 / 7)  # cats, sleep, stone, wall
    assert math.isnan(found.density[1])


def test_with_names_they_count_and_numbers_do_not():
    rules = ({"label": "GPE", "pattern": "Boston Harbour"}, {"label": "DATE", "pattern": "1999"})
    found = SpacyAnnotator(pipeline(*rules)).annotate(["Boston Harbour in 1999 and Boston Harbour"])
    assert found.entities == [["boston harbour"]]


def test_a_folder_without_a_pipeline_is_told(tmp_path):
    with pytest.raises(ModelError, match="expected a spaCy pipeline"):
        worker_annotator(ParserUse("spacy", str(tmp_path)))

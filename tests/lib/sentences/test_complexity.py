"""What counts as an attribute, a relation and an action."""

import pytest

from realsyn_lib.sentences.complexity import LightParser
from realsyn_lib.sentences.tagger import Tagger

WORDS = {
    "a": "DT", "the": "DT", "black": "JJ", "small": "JJ", "brown": "JJ", "three": "CD",
    "cat": "NN", "bird": "NN", "stone": "NN", "wall": "NN", "tail": "NN", "fried": "VBN",
    "is": "VBZ", "has": "VBZ", "chasing": "VBG", "chases": "VBZ", "sees": "VBZ", "sat": "VBD",
    "quickly": "RB", "will": "MD", "on": "IN", "he": "PRP", "here": "RB", ".": ".", ",": ",",
    "'s": "POS", "and": "CC",
}  # fmt: skip
PARSER = LightParser(Tagger({}, WORDS, set(WORDS.values())))

SCORED = [
    ("a black cat is chasing a small brown bird.", 3, True),  # DiHT's example, C3
    ("a cat", 0, False),
    ("black cat", 1, False),
    ("three small brown cat", 3, False),
    ("stone wall", 1, False),
    ("stone wall on", 2, False),
    ("the cat 's tail", 1, False),
    ("the cat is here", 1, False),  # a relation, but be is no action
    ("he has a cat", 1, False),
    ("he sat here.", 0, True),  # a pronoun acts, but no noun takes part
    ("sat", 0, False),
    ("the cat will quickly sat.", 1, True),  # the modal verb and the adverb stand between
    ("he sees the cat on the wall", 2, True),  # cat: seen, and on the wall
    ("he sees the cat the small bird", 1, True),  # two phrases, not one
    ("fried bird", 1, False),  # the participle describes
    ("he fried bird", 1, True),  # here it acts
    ("", 0, False),
    (".", 0, False),
]


@pytest.mark.parametrize(("sentence", "complexity", "has_action"), SCORED)
def test_a_sentence_has_the_complexity_of_its_richest_noun(sentence, complexity, has_action):
    parses = PARSER.parse([sentence])
    assert (parses.complexity[0], parses.has_action[0]) == (complexity, has_action)


def test_sentences_do_not_reach_into_each_other():
    sentences = [sentence for sentence, *_ in SCORED]
    parses = PARSER.parse(sentences)
    assert parses.complexity.tolist() == [complexity for _, complexity, _ in SCORED]
    assert parses.has_action.tolist() == [action for *_, action in SCORED]


def test_no_sentences_have_no_parses():
    assert len(PARSER.parse([]).complexity) == 0


@pytest.mark.models
def test_the_real_tagger_finds_dihts_example(light_parser):
    parses = light_parser.parse(["A black cat is chasing a small brown bird.", "Click here"])
    assert parses.complexity.tolist() == [3, 0]
    assert parses.has_action.tolist() == [True, False]

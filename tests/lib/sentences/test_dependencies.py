"""Complexity and action from trees written by hand, in both spellings of labels."""

import numpy as np
import pytest

from realsyn_lib.sentences.dependencies import Trees, parses_of


def trees(*sentences: str) -> Trees:
    """Read sentences of tokens ``word/CLASS/label/head``, heads counted from 1, 0 for the root."""
    rows, heads, lengths = [], [], []
    for sentence in sentences:
        first = len(rows)
        for place, token in enumerate(sentence.split()):
            word, kind, label, head = token.split("/")
            rows.append((word, kind, label))
            heads.append(first + (int(head) - 1 if head != "0" else place))
        lengths.append(len(rows) - first)
    words, classes, labels = (
        np.array([row[part] for row in rows] or [""])[: len(rows)] for part in range(3)
    )
    return Trees(
        np.array(lengths, np.int64), np.array(heads, np.int64), labels, classes, words
    )  # fmt: skip


DIHT = (
    "a/DET/det/3 black/ADJ/amod/3 cat/NOUN/nsubj/5 is/AUX/aux/5 chasing/VERB/ROOT/0 "
    "a/DET/det/9 small/ADJ/amod/9 brown/ADJ/amod/9 bird/NOUN/dobj/5"
)
SCORED = [
    (DIHT, 3, True),  # DiHT's example: small, brown, chased
    ("a/DET/det/2 cat/NOUN/ROOT/0", 0, False),
    ("her/PRON/poss/2 cat/NOUN/ROOT/0", 0, False),
    ("the/DET/det/2 cat/NOUN/poss/4 's/PART/case/2 tail/NOUN/ROOT/0", 1, False),
    ("stone/NOUN/compound/2 wall/NOUN/ROOT/0", 1, False),
    ("two/NUM/nummod/2 cats/NOUN/ROOT/0 on/ADP/prep/2 walls/NOUN/pobj/3", 2, False),
    ("cat/NOUN/nsubj/2 is/AUX/ROOT/0 here/ADV/advmod/2", 1, False),
    ("he/PRON/nsubj/2 has/VERB/ROOT/0 a/DET/det/4 cat/NOUN/dobj/2", 1, False),
    ("he/PRON/nsubj/2 sat/VERB/ROOT/0", 0, True),  # a pronoun acts, but no noun takes part
    ("sat/VERB/ROOT/0", 0, False),
    ("sat/VERB/ROOT/0 on/ADP/prep/1 walls/NOUN/pobj/2", 1, True),
    ("fried/VERB/amod/2 rice/NOUN/ROOT/0", 1, False),  # the participle describes
    ("dogs/NOUN/ROOT/0 barking/VERB/acl/1", 1, True),
    ("", 0, False),
]  # fmt: skip
UNIVERSAL = [
    ("cats/NOUN/ROOT/0 on/ADP/case/3 walls/NOUN/nmod/1", 1, False),  # has a phrase; is in it
    ("sat/VERB/ROOT/0 on/ADP/case/3 walls/NOUN/obl/1", 1, True),
    ("seen/VERB/ROOT/0 last/ADJ/amod/3 week/NOUN/obl/1", 1, True),  # no preposition, an attribute
    ("cats/NOUN/nsubj:pass/3 were/AUX/aux:pass/3 seen/VERB/ROOT/0", 1, True),
    ("he/PRON/nsubj/4 is/AUX/cop/4 a/DET/det/4 cook/NOUN/ROOT/0", 1, False),
    ("the/DET/det/2 dog/NOUN/nmod:poss/4 's/PART/case/2 tail/NOUN/ROOT/0", 1, False),
    ("dogs/NOUN/ROOT/0 that/PRON/nsubj/3 bark/VERB/acl:relcl/1", 1, True),
]


@pytest.mark.parametrize(("sentence", "complexity", "has_action"), SCORED + UNIVERSAL)
def test_a_sentence_has_the_complexity_of_its_richest_noun(sentence, complexity, has_action):
    parses = parses_of(trees(sentence))
    assert (parses.complexity.tolist(), parses.has_action.tolist()) == ([complexity], [has_action])


def test_sentences_do_not_reach_into_each_other():
    parses = parses_of(trees(*(sentence for sentence, *_ in SCORED)))
    assert parses.complexity.tolist() == [complexity for _, complexity, _ in SCORED]
    assert parses.has_action.tolist() == [action for *_, action in SCORED]


def test_no_sentences_have_no_parses():
    assert len(parses_of(trees()).complexity) == 0

"""Texts and ranks of bridge_recall.py are those a reader would count."""

import numpy as np
from bridge_recall import ranks
from captioned import first_sentences


def test_an_equal_text_counts_as_right_and_a_nearer_one_does_not():
    cosines = np.array([[0.5, 0.5, 0.1], [0.9, 0.2, 0.8], [0.0, 0.3, 0.4]])
    assert ranks(cosines).tolist() == [0, 2, 0]


def test_whole_sentences_are_taken_while_they_fit():
    assert first_sentences("One two. Three four? Five.", 4) == "One two. Three four?"
    assert first_sentences("One two three. Four.", 2) == "One two three."

"""Words by a table of bytes, against a slow, obvious answer."""

import random

import pyarrow as pa
import regex
from hypothesis import given
from hypothesis import strategies as st

from realsyn_lib.sentences.patterns import WORD_PATTERN
from realsyn_lib.sentences.words import count_words, words_of
from tests.word_lists import lists_of

LETTERS = "abZ9 .-'_\t\x00\u2019\u2010\u00e9\u0301\u4e2d\U0001f600"


def by_pattern(texts):
    return [regex.findall(WORD_PATTERN, text.lower()) for text in texts]


def test_words_are_those_of_the_pattern_whatever_stands_beside_them():
    draw = random.Random(3)
    for letters in (LETTERS, "aB9 -'", "a-'"):  # the second and third: ASCII alone
        texts = ["".join(draw.choices(letters, k=draw.randrange(12))) for _ in range(3000)]
        assert lists_of(words_of(pa.array(texts))) == by_pattern(texts)


@given(st.lists(st.text(st.sampled_from(LETTERS), max_size=12)))
def test_as_many_words_are_found_as_are_counted(texts):
    array = pa.array(texts, pa.string())
    found = lists_of(words_of(array))
    assert found == by_pattern(texts)
    assert [len(words) for words in found] == count_words(array).to_pylist()


def test_a_joiner_at_the_border_of_two_texts_joins_nothing():
    texts = ["a-", "b", "c", "-d", "'", "e'f", "-", "g-h"]
    assert lists_of(words_of(pa.array(texts))) == [
        ["a"], ["b"], ["c"], ["d"], [], ["e'f"], [], ["g-h"],
    ]  # fmt: skip
    assert lists_of(words_of(pa.array(texts)[2:4])) == [["c"], ["d"]]

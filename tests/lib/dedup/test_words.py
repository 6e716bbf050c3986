import random
import re

import numpy as np
import pyarrow as pa

from realsyn_lib.dedup.words import normalised, words_of
from tests.word_lists import lists_of


def words_by_text(texts):
    return lists_of(words_of(pa.array(texts, pa.string())))


def test_case_and_punctuation_do_not_count():
    forms = ["The DOG -- sat.", "the dog sat", " ¡the, dog; sat! "]
    assert normalised(pa.array(forms)).to_pylist() == ["the dog sat"] * 3
    assert words_by_text(forms) == [["the", "dog", "sat"]] * 3


def test_marks_stay_in_their_word():
    assert words_by_text(["नमस्ते!"]) == [["नमस्ते"]]


def test_a_text_ends_its_last_word_even_where_the_next_begins_with_a_letter():
    assert words_by_text(["up", "on", "", "a", "?", "2 b"]) == [
        ["up"], ["on"], [], ["a"], [], ["2", "b"],
    ]  # fmt: skip


def test_words_are_those_of_the_normalised_text_whatever_stands_beside_it():
    draw = random.Random(3)
    letters = "aB9 .-_'\t\n\u00e9\u0130\u03c2\u1e9e\u4f60\u00bd\U0001f600\u0301"
    texts = ["".join(draw.choices(letters, k=draw.randrange(12))) for _ in range(3000)]
    assert words_by_text(texts) == [
        text.split() for text in normalised(pa.array(texts)).to_pylist()
    ]
    ascii_only = [re.sub(r"[^\x00-\x7f]", "", text) for text in texts]
    expected = [re.findall("[a-z0-9]+", text.lower()) for text in ascii_only]
    assert words_by_text(ascii_only) == expected


def test_a_slice_of_texts_has_the_words_of_the_slice():
    texts = pa.array(["one two", "three", "four five six", "seven"]).slice(1, 2)
    found = words_of(texts)
    assert found.offsets.tolist() == [0, 1, 4]
    assert found.vocabulary.take(pa.array(found.codes)).to_pylist() == [
        "three", "four", "five", "six",
    ]  # fmt: skip


def test_equal_words_have_equal_hashes_and_no_text_has_none():
    found = words_of(pa.array(["a b", "B c a"]))
    a, b, second_b, c, second_a = found.hashes().tolist()
    assert (a, b) == (second_a, second_b)
    assert len({a, b, c}) == 3
    assert words_of(pa.array([], pa.string())).hashes().tolist() == []
    assert np.diff(words_of(pa.array(["", "!"])).offsets).tolist() == [0, 0]

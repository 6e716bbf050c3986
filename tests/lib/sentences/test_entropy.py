"""Unigram information: the paper's examples, sums that order cannot change, rare words."""
# ruff: noqa: RUF001

import math

import numpy as np
import pyarrow as pa
import pytest

from realsyn_lib.errors import ShapeError
from realsyn_lib.sentences.entropy import Cut, cut_of, entropy_bits, word_table
from realsyn_lib.sentences.words import word_occurrences, words_of
from tests.word_lists import lists_of


def table_of(shares):
    return word_table(
        pa.array(list(shares), pa.string()), np.array(list(shares.values()), np.float64)
    )


def test_a_sum_of_two_words_is_what_a_hand_gives():
    table = table_of({"cat": 0.5, "sat": 0.25, "mat": 0.25})
    bits = entropy_bits(pa.array(["Cat sat.", "cat cat cat", "", "unseen words"]), table)
    assert bits.tolist() == [1.0, 1.5, 0.0, 0.0]


def test_shares_of_a_web_corpus_give_the_known_scores():
    # Shares in the web counts of the package wordsegment; the bound of 0.3 lies between the two.
    table = table_of({
        "a": 0.01544, "dog": 0.0001314, "sitting": 3.15e-05, "next": 0.0007242, "to":
        0.02064, "door": 9.631e-05, "click": 0.0009127, "here": 0.001088, "the":
        0.03934, "artists": 9.438e-05, "create": 0.0002331, "narrative": 1.167e-05,
        "using": 0.0004582, "these": 0.0009199, "shadows": 1.162e-05,
    })  # fmt: skip
    texts = [
        "A dog sitting next to a door.",
        "The artists create a narrative using these shadows.",
        "Click here",
    ]
    np.testing.assert_allclose(
        entropy_bits(pa.array(texts), table), [0.312, 0.295, 0.020], atol=0.0006
    )


def test_the_order_of_words_and_of_the_table_changes_nothing():
    words = [f"w{n}" for n in range(200)]
    shares = np.random.default_rng(1).dirichlet(np.ones(200))
    moved = np.random.default_rng(2).permutation(200)
    here = word_table(pa.array(words), shares)
    there = word_table(pa.array([words[n] for n in moved]), shares[moved])
    text, back = " ".join(words), " ".join(reversed(words))
    assert entropy_bits(pa.array([text]), here) == entropy_bits(pa.array([back]), there)


def test_a_text_scores_the_same_alone_and_among_others():
    table = table_of({"a": 0.3, "b": 0.2, "c": 0.1})
    texts = ["a b", "c c c", "", "a"]
    alone = [entropy_bits(pa.array([text]), table)[0] for text in texts]
    assert entropy_bits(pa.array(texts), table).tolist() == alone


def test_an_empty_table_gives_zero():
    assert entropy_bits(pa.array(["a b"]), table_of({})).tolist() == [0.0]


def test_a_slice_of_an_array_is_read_from_its_own_place():
    table = table_of({"a": 0.5})
    assert entropy_bits(pa.array(["x", "a", "a a"])[1:], table).tolist() == [0.5, 1.0]


def test_lengths_that_differ_are_refused():
    with pytest.raises(ShapeError, match="1 words, 2 shares"):
        word_table(pa.array(["a"]), np.array([0.5, 0.5]))


def test_the_score_equals_the_formula():
    counts = {"the": 60, "cat": 30, "sat": 10}
    table = table_of({word: count / 100 for word, count in counts.items()})
    expected = -sum(p * math.log2(p) for p in (0.6, 0.3, 0.1, 0.6))
    assert entropy_bits(pa.array(["The cat sat. The"]), table)[0] == pytest.approx(
        expected, abs=1e-6
    )


def test_words_are_split_in_lower_case():
    texts = pa.array(["The dog’s well-known U.S. tail -- 'quoted'!", "", "..."])
    assert lists_of(words_of(texts)) == [
        ["the", "dog’s", "well-known", "u", "s", "tail", "quoted"], [], []
    ]  # fmt: skip


def test_occurrences_of_parts_add_up_to_those_of_the_whole():
    texts = ["a b a", "b c", "A"]
    whole = dict(zip(*word_occurrences(pa.array(texts)).to_pydict().values(), strict=True))
    assert whole == {"a": 3, "b": 2, "c": 1}
    assert word_occurrences(pa.array([""])).num_rows == 0


def test_no_sentence_loses_more_than_the_bound_by_a_cut_table():
    generator = np.random.default_rng(1)
    words = [f"w{n}" for n in range(2000)]
    shares = 1 / np.arange(1, 2001)
    shares /= shares.sum()
    whole = word_table(pa.array(words), shares)
    few = word_table(pa.array(words[:500]), shares[:500])
    cut = cut_of(shares[:500], max_vocabulary=500, max_words=81)
    drawn = generator.integers(0, 2000, (300, 81))
    worst = np.full((1, 81), 500)  # the most frequent word that was left out, 81 times
    texts = pa.array([" ".join(words[n] for n in row) for row in np.concatenate([drawn, worst])])
    lost = entropy_bits(texts, whole) - entropy_bits(texts, few)
    assert cut.share == pytest.approx(shares[500:].sum())
    assert 0.99 * cut.max_lost_bits < lost.max() <= cut.max_lost_bits
    assert cut.max_lost_bits == pytest.approx(81 * shares[499] * -math.log2(shares[499]))


def test_a_table_that_is_not_full_loses_nothing():
    assert cut_of(np.array([0.5, 0.5]), max_vocabulary=3, max_words=81) == Cut(0.0, 0.0)
    assert cut_of(np.zeros(0), max_vocabulary=1, max_words=81) == Cut(0.0, 0.0)


def test_the_bound_of_a_table_of_one_word_is_that_of_any_word():
    cut = cut_of(np.array([0.9]), max_vocabulary=1, max_words=1)
    assert cut.max_lost_bits == pytest.approx(math.log2(math.e) / math.e)

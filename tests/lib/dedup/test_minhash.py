from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest

from realsyn_lib.dedup.minhash import Banding, band_keys, banding_for, near_texts
from realsyn_lib.dedup.shingles import jaccard, normalised, shingle_sets
from realsyn_lib.errors import SettingError

WORDS = np.array([f"word{number}" for number in range(500)])


def sentences(count, words=20, seed=1):
    """Random sentences of distinct words."""
    generator = np.random.default_rng(seed)
    return [" ".join(generator.choice(WORDS, words, replace=False)) for _ in range(count)]


def with_word_replaced(sentence, place):
    words = sentence.split()
    return " ".join([*words[:place], "other", *words[place + 1 :]])


def slow_jaccard(one, other):
    sets = []
    for text in (one, other):
        words = text.lower().split()
        sets.append({*words, *pairwise(words)})
    return len(sets[0] & sets[1]) / len(sets[0] | sets[1])


def test_case_and_punctuation_do_not_count():
    forms = pa.array(["The DOG -- sat.", "the dog sat", " ¡the, dog; sat! "])
    assert normalised(forms).to_pylist() == ["the dog sat"] * 3


def test_marks_stay_in_their_word():
    assert normalised(pa.array(["नमस्ते!"])).to_pylist() == ["नमस्ते"]


def test_jaccard_is_that_of_words_and_word_pairs():
    texts = ["a b c d", "a b x d", "b a d c", "a a b b", "z", ""]
    sets = shingle_sets(pa.array(texts))
    pairs = np.array([(i, j) for i in range(6) for j in range(i, 6)])
    expected = [slow_jaccard(texts[i], texts[j]) if (i, j) != (5, 5) else 0 for i, j in pairs]
    assert jaccard(sets, pairs).tolist() == expected


def test_word_order_counts():
    sets = shingle_sets(pa.array(["man bites dog", "dog bites man"]))
    assert jaccard(sets, np.array([[0, 1]])).tolist() == [3 / 7]


def test_pairs_of_words_do_not_cross_rows():
    assert np.diff(shingle_sets(pa.array(["a b", "", "c"])).offsets).tolist() == [3, 0, 1]


def test_one_word_replaced_in_twenty_is_a_near_pair_and_in_five_is_not():
    long, short = sentences(1, words=20)[0], sentences(1, words=5)[0]
    texts = [long, with_word_replaced(long, 9), short, with_word_replaced(short, 2)]
    found = near_texts(shingle_sets(pa.array(texts)), banding_for(0.8, 0.97), 0.8)
    assert found.tolist() == [[0, 1]]


def test_sentences_without_a_word_are_no_pair():
    assert (
        near_texts(shingle_sets(pa.array(["?!", "...", ""])), banding_for(0.8, 0.97), 0.8).size == 0
    )


def test_bands_are_as_many_as_the_recall_needs():
    banding = banding_for(0.8, min_recall=0.97, rows=5)
    assert (banding.bands, banding.rows) == (9, 5)
    assert banding.recall_at(0.8) == pytest.approx(1 - (1 - 0.8**5) ** 9)
    assert Banding(8, 5).recall_at(0.8) < 0.97 <= banding.recall_at(0.8)


def test_planted_pairs_at_the_threshold_are_found_as_often_as_computed():
    originals = sentences(1500, words=14)
    edited = [with_word_replaced(text, 6) for text in originals]
    sets = shingle_sets(pa.array(originals + edited))
    pairs = np.stack([np.arange(1500), np.arange(1500, 3000)], axis=1)
    assert set(jaccard(sets, pairs)) == {24 / 30}
    found = {tuple(pair) for pair in near_texts(sets, banding_for(0.8, 0.97), 0.79).tolist()}
    share = len(found & set(map(tuple, pairs.tolist()))) / 1500
    assert share > 0.955  # 0.972 expected, four standard deviations below


def test_unrelated_sentences_hardly_meet():
    keys = band_keys(shingle_sets(pa.array(sentences(2000))), banding_for(0.8, 0.97))
    met = keys.size - len(np.unique(keys))
    assert met < 20


def test_keys_do_not_depend_on_the_batch():
    texts = sentences(50)
    together = band_keys(shingle_sets(pa.array(texts)), banding_for(0.8, 0.97))
    alone = band_keys(shingle_sets(pa.array(texts[17:18])), banding_for(0.8, 0.97))
    assert together[17].tolist() == alone[0].tolist()


def test_a_threshold_out_of_range_is_refused():
    with pytest.raises(SettingError, match=r"threshold 1\.0"):
        banding_for(1.0, 0.97)

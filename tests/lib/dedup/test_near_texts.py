from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import binom

from realsyn_lib.dedup.jaccard import word_jaccard
from realsyn_lib.dedup.minhash import Banding, banding_for, sketches
from realsyn_lib.dedup.near_texts import NearTextRules, near_texts, sketched
from realsyn_lib.dedup.shingles import shingles_of, text_keys
from realsyn_lib.dedup.words import words_of
from realsyn_lib.errors import SettingError, ShapeError

WORDS = np.array([f"word{number}" for number in range(500)])
RULES = NearTextRules(0.65, 2, banding_for(0.6, 0.97))


def sentences(count, words=20, seed=1):
    """Random sentences of distinct words."""
    generator = np.random.default_rng(seed)
    return [" ".join(generator.choice(WORDS, words, replace=False)) for _ in range(count)]


def replaced(sentence, *places):
    words = sentence.split()
    for place in places:
        words[place] = f"other{place}"
    return " ".join(words)


def shingles(texts, longest=2):
    return shingles_of(words_of(pa.array(texts)), longest)


def slow_jaccard(one, other):
    left, right = set(one.split()), set(other.split())
    return len(left & right) / max(1, len(left | right))


def test_jaccard_is_that_of_the_words_of_each_pair():
    texts = ["a b c d", "a b x d", "b a d c", "a a b b", "z", ""]
    pairs = [(one, other) for one in texts for other in texts]
    left, right = (pa.array(side) for side in zip(*pairs, strict=True))
    assert word_jaccard(left, right).tolist() == [slow_jaccard(*pair) for pair in pairs]


def test_as_many_left_as_right_texts_are_expected():
    with pytest.raises(ShapeError, match="1 left and 2 right"):
        word_jaccard(pa.array(["a"]), pa.array(["a", "b"]))


def test_shingles_are_words_and_runs_of_words_inside_a_text():
    found = shingles(["a b c", "", "c", "a b"], longest=3)
    assert np.diff(found.offsets).tolist() == [6, 0, 1, 3]
    whole, pair = found.hashes[:6].tolist(), found.hashes[-3:].tolist()
    assert set(pair) < set(whole)
    assert found.hashes[6] in whole
    assert len(set(whole)) == 6


def test_the_order_of_words_is_in_the_key_of_a_text_and_its_case_is_not():
    keys = text_keys(
        words_of(pa.array(["man bites dog", "dog bites man", "Man bites Dog!", "man"]))
    )
    assert keys[0] == keys[2]
    assert len(set(keys.tolist())) == 3


def test_bands_are_as_many_as_the_recall_needs():
    banding = banding_for(0.8, min_recall=0.97, rows=5)
    assert (banding.bands, banding.rows, banding.bits) == (9, 5, 45)
    assert 1 - (1 - 0.8**5) ** 8 < 0.97 <= 1 - (1 - 0.8**5) ** 9
    # 45 bits of which each differs with probability 0.1: more than 10 in less than 1 % of pairs
    assert binom.cdf(9, 45, 0.1) < 0.99 <= binom.cdf(10, 45, 0.1)
    assert banding.max_apart == 10
    assert banding.recall_at(0.8) == pytest.approx(
        (1 - (1 - 0.8**5) ** 9) * binom.cdf(10, 45, 0.1), abs=1e-9
    )


def test_planted_pairs_become_candidates_as_often_as_computed():
    originals = sentences(3000, words=14)
    edited = [replaced(text, 3, 9) for text in originals]  # 21 of 33 shingles shared
    rules = NearTextRules(0.1, 2, banding_for(21 / 33, 0.9))
    found = {tuple(pair) for pair in near_texts(pa.array(originals + edited), rules).tolist()}
    share = len(found & {(n, n + 3000) for n in range(3000)}) / 3000
    assert share == pytest.approx(rules.banding.recall_at(21 / 33), abs=0.025)


@pytest.mark.parametrize(
    ("words", "places", "is_near"),
    [(20, (9,), True), (20, (4, 12), True), (10, (2, 7), True), (8, (2, 5), False), (4, (1,), False)],
)  # fmt: skip
def test_two_words_of_ten_are_near_and_two_of_eight_are_not(words, places, is_near):
    text = sentences(1, words=words)[0]
    assert len(near_texts(pa.array([text, replaced(text, *places)]), RULES)) == is_near


def test_every_near_pair_has_the_jaccard_and_strangers_are_not_joined():
    texts = sentences(400, words=15) + sentences(400, words=15, seed=2)
    texts += [replaced(text, 1) for text in texts[:100]]
    exact = {
        pair for pair in combinations(range(900), 2) if slow_jaccard(*(texts[n] for n in pair)) >= 0.65
    }  # fmt: skip
    found = set(map(tuple, near_texts(pa.array(texts), RULES).tolist()))
    assert found <= exact == {(n, n + 800) for n in range(100)}
    assert len(found) >= 99


def test_equal_texts_meet_the_first_of_them_however_many_they_are():
    texts = ["Come, buy now!"] * 2000 + ["come buy now"] + sentences(5)
    assert near_texts(pa.array(texts), RULES).tolist() == [[0, n] for n in range(1, 2001)]


def test_a_crowd_of_near_texts_is_one_component_and_few_pairs():
    text = sentences(1, words=30)[0]
    crowd = [f"{text} number{n}" for n in range(3000)]
    pairs = near_texts(pa.array(crowd), RULES)
    linked = np.zeros(3000, bool)
    linked[pairs] = True
    assert linked.all()
    assert len(pairs) < 3000 * 8 * (RULES.banding.bands + 1)


def test_texts_without_a_word_are_no_pair():
    assert near_texts(pa.array(["?!", "...", ""]), RULES).tolist() == []
    assert near_texts(pa.array([], pa.string()), RULES).tolist() == []


def test_a_sketch_depends_on_its_own_text_alone():
    texts = ["", *sentences(50), "!"]
    rows, together = sketched(pa.array(texts), RULES)
    assert rows.tolist() == list(range(1, 51))
    alone = sketched(pa.array(texts[17:18]), RULES)[1]
    assert together.keys[:, 16].tolist() == alone.keys[:, 0].tolist()
    assert together.bits[16] == alone.bits[0]


def test_sketches_of_blocks_are_those_of_the_whole():
    found = shingles(sentences(9000, words=3))
    whole = sketches(found, RULES.banding)
    start = found.offsets[8500]
    tail = type(found)(found.hashes[start:], found.offsets[8500:] - start)
    assert np.array_equal(sketches(tail, RULES.banding).keys, whole.keys[:, 8500:])


def test_another_seed_gives_other_keys():
    found = shingles(["one two three"])
    one, other = (sketches(found, Banding(4, 2, 8, seed)).keys for seed in (1, 2))
    assert not np.any(one == other)


def test_a_threshold_out_of_range_is_refused():
    with pytest.raises(SettingError, match=r"threshold 1\.0"):
        banding_for(1.0, 0.97)


@pytest.mark.parametrize("threshold", [0.05, 1e-5, 1e-120])
def test_more_bands_than_can_be_meant_are_refused(threshold):
    with pytest.raises(SettingError, match="expected at most 512"):
        banding_for(threshold, 0.97)

import numpy as np
import pyarrow as pa
import pytest

from realsyn_lib.assess.richness import distinct_words, summarise, token_counts

TEXTS = pa.array(["A dog, a door.", "", "The Dog!"])


def test_words_are_counted_when_no_tokenizer_is_given():
    assert token_counts(TEXTS).tolist() == [4, 0, 2]


def test_a_tokenizer_counts_instead():
    assert token_counts(TEXTS, lambda texts: np.array([len(t) for t in texts])).tolist() == [
        14,
        0,
        8,
    ]


def test_distinct_words_are_lower_case_and_sorted():
    assert distinct_words(TEXTS).to_pylist() == ["a", "dog", "door", "the"]


def test_a_summary_names_mean_and_quantiles():
    rows = dict(summarise(np.array([*range(101), np.nan])).rows())
    assert rows == {"count": 101, "mean": 50, "p05": pytest.approx(5), "p50": 50, "p95": 95}


def test_nothing_has_no_mean():
    summary = summarise(np.array([]))
    assert summary.count == 0
    assert np.isnan(summary.mean)

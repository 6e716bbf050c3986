"""The language of sentences, by the extra `scorers`."""

import numpy as np
import pytest

from realsyn_lib.errors import SettingError

pytest.importorskip("py3langid")

from udfs.models.language import language_scores


def test_sentences_score_one_in_their_own_language_and_next_to_nothing_in_another():
    texts = ["The old barn burned down last week.", "Der alte Stall ist letzte Woche abgebrannt."]
    assert language_scores(texts, "en") == pytest.approx([1, 0], abs=1e-2)
    assert language_scores(texts, "de") == pytest.approx([0, 1], abs=1e-2)


def test_a_short_sentence_may_score_less_but_is_kept_by_the_default():
    (score,) = language_scores(["Gardeners hate slugs."], "en")
    assert 0.2 < score < 1


def test_no_sentence_has_no_score():
    found = language_scores([], "en")
    assert (found.dtype, len(found)) == (np.float32, 0)


def test_an_unknown_language_is_refused_with_those_there_are():
    with pytest.raises(SettingError, match=r"'xx', expected one of .*, en, "):
        language_scores(["A red bridge."], "xx")

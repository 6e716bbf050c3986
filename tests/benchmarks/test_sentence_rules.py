"""The sentences of sentence_rules.py."""

import pytest
import sentence_rules


@pytest.mark.parametrize("corpus", [sentence_rules.CORPUS, sentence_rules.CORPUS / "missing"])
def test_made_sentences_are_distinct_and_always_the_same(monkeypatch, corpus):
    monkeypatch.setattr(sentence_rules, "CORPUS", corpus)
    texts = sentence_rules.made_sentences(5000)
    assert len(set(texts)) == 5000
    assert texts == sentence_rules.made_sentences(5000)


def test_core_seconds_grow_with_work():
    before = sentence_rules._core_seconds()
    sum(n * n for n in range(2_000_000))
    assert 0 < sentence_rules._core_seconds() - before < 60

"""The sentences of sentence_rules.py."""

import os

import pytest
import sentence_rules
import side_by_side


@pytest.mark.parametrize("corpus", [sentence_rules.CORPUS, sentence_rules.CORPUS / "missing"])
def test_made_sentences_are_distinct_and_always_the_same(monkeypatch, corpus):
    monkeypatch.setattr(sentence_rules, "CORPUS", corpus)
    texts = sentence_rules.made_sentences(5000)
    assert len(set(texts)) == 5000
    assert texts == sentence_rules.made_sentences(5000)


def test_core_seconds_grow_with_work():
    before = side_by_side.core_seconds(os.getpid())
    sum(n * n for n in range(2_000_000))
    assert 0 < side_by_side.core_seconds(os.getpid()) - before < 60


def test_work_is_repeated_until_two_runs_agree(monkeypatch):
    clock = iter([0.0, 9.0, 9.0, 13.0, 13.0, 15.0, 15.0, 17.1, 17.1, 19.1])
    monkeypatch.setattr(side_by_side, "core_seconds", lambda _: next(clock))
    runs = []
    assert side_by_side.settled(lambda: runs.append(1)) == pytest.approx(2.05)  # 9, 4, 2, 2.1
    assert len(runs) == 4

"""Paragraphs become sentences."""

import time

import pytest
from nltk.tokenize.punkt import PunktParameters

from realsyn_lib.errors import ModelError
from realsyn_lib.sentences.split import Splitter, load_splitter

BARE = Splitter(PunktParameters())


def test_a_full_stop_and_a_line_break_end_a_sentence():
    assert BARE.split("It rains. We go\nout! Why?", 100) == ["It rains.", "We go", "out!", "Why?"]


def test_a_long_run_is_cut_at_a_space_and_loses_no_letter():
    pieces = BARE.split("ab " * 40 + "c" * 30, 20)
    assert max(map(len, pieces)) == 20
    assert "".join(pieces).replace(" ", "") == "ab" * 40 + "c" * 30


def test_spaces_where_a_run_is_cut_belong_to_neither_piece():
    assert BARE.split("ab cd efg h", 4) == ["ab", "cd", "efg", "h"]


def test_a_bound_itself_is_not_cut():
    assert BARE.split("x" * 20, 20) == ["x" * 20]
    assert BARE.split("x" * 21, 20) == ["x" * 20, "x"]


@pytest.mark.parametrize("unit", [".", "?!", "a.", ". ", ".)", "x"])
def test_a_long_run_of_marks_is_split_without_loss(unit):
    text = (unit * 200_000)[:200_000].strip()
    assert "".join(BARE.split(text, 4000)).replace(" ", "") == text.replace(" ", "")


def test_a_missing_table_is_named_with_what_to_do(tmp_path):
    with pytest.raises(ModelError, match=r"abbrev_types\.txt.*realsyn models fetch"):
        load_splitter(str(tmp_path))


@pytest.mark.models
def test_abbreviations_of_the_tables_end_no_sentence(punkt):
    text = "Dr. Smith arrived at 5 p.m. on Monday. He left."
    assert punkt.split(text, 1000) == ["Dr. Smith arrived at 5 p.m. on Monday.", "He left."]


def test_of_a_paragraph_without_end_only_the_sentences_wanted_are_split():
    text = "The boat sails. The sea is calm.\n" * 300_000
    started = time.process_time()
    assert BARE.split(text, 4000, 3) == ["The boat sails.", "The sea is calm.", "The boat sails."]
    assert time.process_time() - started < 2  # all of them take ten times as long
    assert BARE.split("One. Two.", 4000, 0) == []

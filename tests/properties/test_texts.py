"""Text: cleaned, shown, cut, told in SQL, and what a generator may say."""

import unicodedata
from itertools import chain

import pyarrow as pa
from hypothesis import assume, given
from hypothesis import strategies as st

from realsyn_lib.dedup.jaccard import word_jaccard
from realsyn_lib.dedup.words import normalised
from realsyn_lib.generation.answer import AnswerRules, check_answer
from realsyn_lib.generation.faithful import has_new_number, kept_share, supported_share
from realsyn_lib.report.shown_text import visible
from realsyn_lib.sentences.clean import clean_text, paragraphs_of
from realsyn_lib.sentences.words import count_words, word_occurrences, words_of
from realsyn_lib.slices import slices_by_size
from realsyn_lib.text_table import one_line, text_table

ANY = st.text(max_size=80)
PLAIN = st.text("abc XYZ 12.,'-", max_size=60)
RULES = AnswerRules(3, 40, 0.5, 0.6, 0.3)
WORDS = st.lists(st.sampled_from(["barn", "mill", "red", "river", "stands", "old"]), max_size=12)


@given(ANY)
def test_cleaning_twice_is_cleaning_once(text):
    assert clean_text(clean_text(text)) == clean_text(text)


@given(
    st.text(st.characters(categories=["Cc", "Cf", "Cs", "Zs", "Zl", "Zp", "Ll", "Mn"]), max_size=40)
)
def test_clean_text_is_one_line_in_nfc_that_utf8_can_hold(text):
    found = clean_text(text)
    assert found == unicodedata.normalize("NFC", found) == " ".join(found.split())
    assert found.encode().decode() == found


@given(ANY)
def test_paragraphs_are_clean_lines_and_none_is_empty(text):
    for paragraph in paragraphs_of(text):
        lines = paragraph.split("\n")
        assert all(lines) and lines == [clean_text(line) for line in lines]


@given(st.lists(PLAIN.filter(str.strip), max_size=5))
def test_paragraphs_come_back_as_they_were_joined(parts):
    clean = [clean_text(part) for part in parts]
    assert paragraphs_of("\n\n".join(clean)) == clean


@given(ANY)
def test_nothing_that_reorders_or_hides_is_shown(text):
    found = visible(text)
    assert visible(found) == found and found.encode().decode() == found
    assert not any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\t\n" for c in found)


@given(ANY, st.integers(4, 40))
def test_a_line_for_the_terminal_is_one_line_of_bounded_length(text, most):
    found = one_line(text, most)
    assert len(found) <= most and len(found.splitlines()) <= 1 and "\x1b" not in found


@given(st.lists(st.tuples(ANY, st.integers()), max_size=4))
def test_a_table_has_a_line_for_each_row(rows):
    lines = text_table(["text", "number"], rows).rstrip("\n").split("\n")
    assert len(lines) == len(rows) + 2


@given(st.lists(PLAIN, max_size=8))
def test_words_are_counted_as_they_are_cut(texts):
    column = pa.array(texts, pa.string())
    cut = words_of(column)
    counted = [int(end - start) for start, end in zip(cut.offsets, cut.offsets[1:], strict=False)]
    assert count_words(column).to_pylist() == counted


@given(st.lists(PLAIN, max_size=8))
def test_occurrences_add_up_to_the_words(texts):
    column = pa.array(texts, pa.string())
    found = word_occurrences(column)
    assert sum(found["occurrence_count"].to_pylist()) == sum(count_words(column).to_pylist())
    assert len(set(found["word"].to_pylist())) == found.num_rows


@given(st.lists(PLAIN, max_size=6))
def test_case_and_marks_do_not_tell_normalised_texts_apart(texts):
    loud = pa.array([f"  {text.upper()}!" for text in texts], pa.string())
    assert normalised(loud).equals(normalised(pa.array(texts, pa.string())))


@given(WORDS, WORDS)
def test_jaccard_is_symmetric_within_bounds_and_that_of_the_sets(left, right):
    one, other = (pa.array([" ".join(words)]) for words in (left, right))
    found = word_jaccard(one, other)[0]
    assert found == word_jaccard(other, one)[0]
    union = set(left) | set(right)
    assert found == (len(set(left) & set(right)) / len(union) if union else 0.0)


@given(st.lists(st.binary(max_size=9), max_size=12), st.integers(1, 20))
def test_slices_are_the_list_in_order_and_each_is_small_or_alone(items, most):
    slices = [list(part) for part in slices_by_size(items, most)]
    assert list(chain.from_iterable(slices)) == items
    assert all(part and (len(part) == 1 or sum(map(len, part)) <= most) for part in slices)


@given(ANY, st.sampled_from(["stop", "length", "error"]), PLAIN, PLAIN)
def test_an_answer_is_kept_or_has_a_reason_and_then_no_text(answer, finish, retrieved, caption):
    found = check_answer(answer, finish, retrieved, caption, ["barn"], RULES)
    assert (found.reason is None) == bool(found.text)
    if finish != "stop":
        assert found.reason is not None


@given(st.lists(st.sampled_from("abcd"), max_size=8), st.lists(st.sampled_from("abcd"), max_size=8))
def test_what_is_given_whole_is_supported_and_kept_whole(told, given_stems):
    assert supported_share(told, told + given_stems) == 1.0
    assert kept_share(told, told + given_stems) == 1.0
    assert 0.0 <= supported_share(told, given_stems) <= 1.0


@given(st.integers(0, 10**6), PLAIN)
def test_a_number_that_the_sources_have_is_not_new(number, text):
    assume(not any(c.isdigit() for c in text))
    assert not has_new_number(f"There are {number} hens.", f"{text} {number} {text}")
    assert has_new_number(f"There are {number} hens.", text)

"""Text is made comparable and printable, once and for all."""

import time
import unicodedata

import pytest

from realsyn_lib.sentences.clean import clean_text, paragraphs_of

CLEANED = [
    ("plain", "plain"),
    ("  two   spaces ", "two spaces"),
    ("tab\tand\nnewline\r\n", "tab and newline"),
    ("no\u00a0break\u3000space", "no break space"),
    ("e\u0301", "\u00e9"),
    ("\ufb01ne", "\ufb01ne"),  # NFC keeps ligatures: only NFKC would take them apart
    ("nul\x00l", "null"),
    ("zero\u200bwidth", "zerowidth"),
    ("soft\u00adhyphen", "softhyphen"),
    ("\ufeffmark", "mark"),
    ("evil\u202egpj", "evilgpj"),
    ("e\u200b\u0301", "\u00e9"),
    ("lone\ud800surrogate", "lone\ufffdsurrogate"),
    ("\ud83d\ude00", "\ufffd\ufffd"),
    ("x\u200d", "x"),
    ("\U0001f469\u200d\U0001f680", "\U0001f469\u200d\U0001f680"),  # one emoji of two, joined
    ("\u2764\ufe0f", "\u2764\ufe0f"),
    ("\u0646\u0645\u06cc\u200c\u062e", "\u0646\u0645\u06cc\u200c\u062e"),  # Persian needs it
    ("", ""),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "clean"), CLEANED)
def test_text_is_cleaned(raw, clean):
    assert clean_text(raw) == clean


@pytest.mark.parametrize(("raw", "clean"), CLEANED)
def test_cleaning_twice_changes_nothing_more(raw, clean):
    assert clean_text(clean) == clean


@pytest.mark.parametrize("raw", [raw for raw, _ in CLEANED])
def test_what_is_clean_can_be_encoded(raw):
    assert clean_text(raw).encode("utf-8").decode("utf-8") == clean_text(raw)


def test_blank_lines_part_paragraphs_and_single_breaks_stay():
    assert paragraphs_of("one\ntwo \n \n three\r\n\r\n\r\nfour\u2029\u2029five\n\n") == [
        "one\ntwo", "three", "four", "five"
    ]  # fmt: skip
    assert paragraphs_of(" \n\n \u200b ") == []


def test_paragraphs_of_a_paragraph_are_itself():
    assert paragraphs_of("one\ntwo") == ["one\ntwo"]


ACUTE, BELOW = "\u0301", "\u0323"
MANY_MARKS = [
    ("a" + ACUTE * 200_000, 30), ("a" + (ACUTE + BELOW) * 100_000, 30),
    ("\u0344" * 100_000, 30),  # one letter of two marks
    ("\u0f73" * 100_000, 30), ("a" + (ACUTE * 20 + "\u200b") * 10_000, 30),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "kept"), MANY_MARKS)
def test_of_marks_without_end_a_letter_keeps_thirty_and_time_is_in_proportion(raw, kept):
    started = time.process_time()
    clean = clean_text(raw)
    assert time.process_time() - started < 2
    assert sum(unicodedata.category(letter) == "Mn" for letter in clean) in (kept - 1, kept)
    assert clean_text(clean) == clean


def test_all_letters_that_composing_puts_in_order_are_marks_and_found():
    ordered = [chr(at) for at in range(0x110000) if unicodedata.combining(chr(at))]
    assert len(ordered) > 800
    for letter in ordered:
        assert len(clean_text("a" + letter * 400)) <= 31, hex(ord(letter))

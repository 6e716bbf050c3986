"""Characters that hide or act on others are named."""

import unicodedata

import pytest

from realsyn_lib.report.shown_text import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u202eb", "a[U+202E]b"),
        ("a\x00b\x1b[0m", "a[U+0000]b[U+001B][0m"),
        ("zero\u200bwidth\ufeff", "zero[U+200B]width[U+FEFF]"),
        ("half \ud83d of it", "half \ufffd of it"),
        ("\U000e0068\U000e0069", "[U+E0068][U+E0069]"),
        ("line\u2028end\x85", "line[U+2028]end[U+0085]"),
    ],
)
def test_a_character_that_does_not_show_is_named(text, shown):
    assert visible(text) == shown


@pytest.mark.parametrize(
    "text",
    ["A cow.\tTab\nand line", "می‌خواهم", "क्‍ष", "👨‍👩‍👧", "עברית", "naïve “quoted”", "café"],
)
def test_letters_of_any_script_stay_as_they_are(text):
    assert visible(text) == text


def test_nothing_that_reorders_text_is_left():
    acting = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    found = {
        chr(code) for code in range(0x110000) if unicodedata.bidirectional(chr(code)) in acting
    }
    assert len(found) == 9
    assert not set(visible("".join(found))) & found

"""Text as it came from the web -> text that every later stage can hold, compare and print."""

import re
import unicodedata

# Control and format letters that print nothing: they only hide or reorder what a person reads.
# Tab, newline and the other white space are left to the white-space rule below. The emoji
# selector U+FE0F and the joiners U+200C, U+200D stay where a script or an emoji needs them.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\U000e0000-\U000e001f]"
)
_STRAY_JOINER = re.compile("(?<![^\\s\x21-\x7e])[\u200c\u200d\ufe0e\ufe0f]+")
_SURROGATE = re.compile("[\ud800-\udfff]")
_RARE = re.compile(f"{_SURROGATE.pattern}|{_INVISIBLE.pattern}|[\u200c\u200d\ufe0e\ufe0f]")
# A letter with more marks than any script has (UAX 15 stops at 30 as well): putting them in order takes
# the square of their number. Marks are neither letters nor digits, so this finds where they may be.
_MOST_MARKS = 30
_MAYBE_MARKS = re.compile(f"[^\\w\\s\\0-\u02ff]{{{_MOST_MARKS // 2},}}")
_OTHER_BREAK = re.compile("[\r\x0b\x0c\x85\u2028\u2029]")
_LINE_BREAK = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")


def clean_text(text: str) -> str:
    """Return one line of text: NFC, no invisible letters, single spaces, no lone surrogates.

    Every white space, line breaks included, becomes one space; ends are stripped. A lone
    surrogate becomes U+FFFD. Cleaning twice gives the same as cleaning once.
    """
    if text.isascii() and text.isprintable():  # the common case: nothing but spaces to see to
        return " ".join(text.split())
    if not _RARE.search(text):  # nor does composing letters make any of these
        return " ".join(_composed(text).split())
    text = _SURROGATE.sub("\ufffd", text)
    text = _INVISIBLE.sub("", _composed(text))
    text = _STRAY_JOINER.sub("", text)
    # What was removed may have stood between a letter and its accent: compose once more.
    return " ".join(_composed(text).split())


def _composed(text: str) -> str:
    """Return NFC, of the marks on a letter no more than thirty; composing may have made some two."""
    if not _MAYBE_MARKS.search(text):
        return unicodedata.normalize("NFC", text)
    text = unicodedata.normalize("NFC", _MAYBE_MARKS.sub(_few_marks, text))
    return _MAYBE_MARKS.sub(_few_marks, text)


def _few_marks(match: re.Match[str]) -> str:
    kept, marks = [], 0
    for letter in match.group():
        marks = marks + 1 if unicodedata.category(letter).startswith("M") else 0
        if marks <= _MOST_MARKS:
            kept.append(letter)
    return "".join(kept)


def paragraphs_of(text: str) -> list[str]:
    """Split a block of text at its blank lines into clean paragraphs, empty ones left out.

    A paragraph keeps its single line breaks as one newline each: they end a sentence.
    """
    paragraphs: list[list[str]] = [[]]
    lines = _LINE_BREAK.split(text) if _OTHER_BREAK.search(text) else text.split("\n")
    for line in map(clean_text, lines):
        if line:
            paragraphs[-1].append(line)
        elif paragraphs[-1]:
            paragraphs.append([])
    return ["\n".join(lines) for lines in paragraphs if lines]

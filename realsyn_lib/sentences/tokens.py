"""Sentence -> the tokens that the tagger was trained on (Penn Treebank's habits)."""

import re

_LETTERS = r"[^\W\d_]"
_TOKEN = re.compile(
    r"\d[\d.,:/]*\d%?|\d%?"  # 1,000  3.5  10:30  5%
    rf"|(?:{_LETTERS}\.){{2,}}"  # U.S.
    r"|[^\W_]+(?=n['\u2019]t\b)|n['\u2019]t\b|cannot\b"  # do|n't
    r"|['\u2019](?:s|re|ve|ll|d|m)\b"  # dog|'s
    r"|(?:Dr|Mr|Mrs|Ms|St|Prof|Jr|Sr|vs|etc)\."
    r"|[^\W_]+(?:[\-\u2010\u2011][^\W_]+)*"  # well-known
    r"|\.{2,}|--|\S",
    re.IGNORECASE,
)
_PENN = {
    "\u201c": "``", "\u201d": "''", '"': "''", "\u2019": "'", "\u2018": "`", "\u2013": "--",
    "\u2014": "--", "\u2026": "...", "(": "-LRB-", ")": "-RRB-", "[": "-LRB-", "]": "-RRB-",
}  # fmt: skip


def tokens_of(sentence: str) -> list[str]:
    """Return the words and marks of a sentence, contractions split, quotes as Penn writes them."""
    return [_PENN.get(found) or found.replace("\u2019", "'") for found in _TOKEN.findall(sentence)]

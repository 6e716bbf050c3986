"""The words of sentences, over whole Arrow arrays.

A word is a maximal run of letters, marks and digits, in lower case; a single apostrophe or hyphen
between two runs joins them. ``U.S.`` is two words, ``dog's`` and ``well-known`` are one.
"""

import pyarrow as pa
import pyarrow.compute as pc

from realsyn_lib.sentences.patterns import JOINERS, WORD_PATTERN

# In this order: what is in no word; joiners that join nothing (doubled, leading, trailing).
_TO_SPACES = (
    rf"[^\p{{L}}\p{{M}}\p{{N}}{JOINERS}]+",
    rf"[{JOINERS}]{{2,}}",
    rf"(?:^| )[{JOINERS}]",
    rf"[{JOINERS}](?: |$)",
)


def count_words(texts: pa.Array) -> pa.Array:
    """Return the number of words of each text (int32; null stays null)."""
    return pc.count_substring_regex(texts, WORD_PATTERN).cast(pa.int32())


def split_words(texts: pa.Array) -> pa.ListArray:
    """Return the words of each text in order, in lower case; an empty list where there is none.

    Args:
        texts: (n,) string without null, each on one line.
    """
    spaced = pc.utf8_lower(texts)
    for pattern in _TO_SPACES:
        spaced = pc.replace_substring_regex(spaced, pattern, " ")
    spaced = pc.replace_substring_regex(spaced, " +", " ")
    words = pc.split_pattern(pc.utf8_trim(spaced, " "), " ")
    none = pc.equal(pc.binary_length(pc.utf8_trim(spaced, " ")), 0)
    return pc.if_else(none, pa.scalar([], words.type), words)


def word_occurrences(texts: pa.Array) -> pa.RecordBatch:
    """Return ``word`` (string) and ``occurrence_count`` (int64) of all words of some texts.

    The counts of several arrays add up to those of all their texts.
    """
    counts = pc.value_counts(split_words(texts).flatten())
    return pa.RecordBatch.from_arrays(
        [counts.field("values"), counts.field("counts")], names=["word", "occurrence_count"]
    )

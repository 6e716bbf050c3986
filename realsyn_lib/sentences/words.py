"""The words of sentences, over whole Arrow arrays.

A word is a maximal run of letters, marks and digits, in lower case; a single apostrophe or hyphen
between two runs joins them. ``U.S.`` is two words, ``dog's`` and ``well-known`` are one.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from realsyn_lib.byte_words import Words, cut_words
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


def words_of(texts: pa.Array) -> Words:
    """Return the words of each text in order, in lower case.

    Args:
        texts: (n,) string without null, each on one line.
    """
    return cut_words(texts, _spaced, b"'-")


def word_occurrences(texts: pa.Array) -> pa.RecordBatch:
    """Return ``word`` (string) and ``occurrence_count`` (int64) of all words of some texts.

    The counts of several arrays add up to those of all their texts.
    """
    words = words_of(texts)
    counts = np.bincount(words.codes, minlength=len(words.vocabulary))
    return pa.RecordBatch.from_arrays(
        [words.vocabulary, pa.array(counts, pa.int64())], names=["word", "occurrence_count"]
    )


def _spaced(texts: pa.Array) -> pa.Array:
    """Return texts in lower case, one space between their words and nothing else."""
    spaced = pc.utf8_lower(texts)
    for pattern in _TO_SPACES:
        spaced = pc.replace_substring_regex(spaced, pattern, " ")
    return pc.utf8_trim(pc.replace_substring_regex(spaced, " +", " "), " ")

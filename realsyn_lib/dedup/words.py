"""The words of a sentence: runs of letters, marks and digits in lower case; all else separates."""

import pyarrow as pa
import pyarrow.compute as pc

from realsyn_lib.byte_words import Words, cut_words

_NOT_A_WORD = r"[^\p{L}\p{M}\p{N}]+"
_DOTTED_I = "\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}"
_FINAL_SIGMA = "\N{GREEK SMALL LETTER FINAL SIGMA}"
_SIGMA = "\N{GREEK SMALL LETTER SIGMA}"


def normalised_sql(column: str) -> str:
    """Return the Spark SQL expression of the form in which two sentences are the same.

    Lower case, words separated by one space; null where no word is left, so that such rows never
    join each other. The two letters whose lower case depends on the library are settled first.
    """
    lower = f"replace(lower(replace({column}, '{_DOTTED_I}', 'i')), '{_FINAL_SIGMA}', '{_SIGMA}')"
    words = f"regexp_replace({lower}, '[^\\\\p{{L}}\\\\p{{M}}\\\\p{{N}}]+', ' ')"
    return f"nullif(trim({words}), '')"


def normalised(texts: pa.Array) -> pa.Array:
    """Return the same form as ``normalised_sql`` of n ``string`` values, '' where no word is left."""
    lower = pc.utf8_lower(pc.replace_substring(texts, _DOTTED_I, "i"))
    folded = pc.replace_substring(lower, _FINAL_SIGMA, _SIGMA)
    spaced = pc.replace_substring_regex(folded, _NOT_A_WORD, " ")
    return pc.utf8_trim(spaced, characters=" ")


def words_of(texts: pa.Array) -> Words:
    """Return the words of ``normalised`` texts, n values of ``string`` without null."""
    return cut_words(texts, normalised)

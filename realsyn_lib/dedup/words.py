"""The words of a sentence: runs of letters, marks and digits in lower case; all else separates."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from realsyn_lib.hashing import Unsigned, hash_strings

_NOT_A_WORD = r"[^\p{L}\p{M}\p{N}]+"
_DOTTED_I = "\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}"
_FINAL_SIGMA = "\N{GREEK SMALL LETTER FINAL SIGMA}"
_SIGMA = "\N{GREEK SMALL LETTER SIGMA}"
_SPACE = 32


def _letters() -> npt.NDArray[np.uint8]:
    """Return for each byte its lower-case letter or digit, itself above ASCII, else a space."""
    table = np.full(256, _SPACE, np.uint8)
    table[128:] = np.arange(128, 256)
    for letters in (b"0123456789", b"abcdefghijklmnopqrstuvwxyz"):
        table[list(letters)] = list(letters)
        table[list(letters.upper())] = list(letters)
    return table


_LETTERS = _letters()


@dataclass(frozen=True)
class Words:
    """The words of n texts in order: text i has ``codes[offsets[i] : offsets[i + 1]]``.

    Attributes:
        codes: (words,) int32 place of each word in ``vocabulary``.
        vocabulary: distinct words, ``string``.
        offsets: (n + 1,) int64.
    """

    codes: npt.NDArray[np.int32]
    vocabulary: pa.Array
    offsets: npt.NDArray[np.int64]

    def hashes(self) -> Unsigned:
        """Return the 64-bit hash of each word, (words,) uint64."""
        if len(self.codes) == 0:
            return np.empty(0, np.uint64)
        return np.asarray(hash_strings(self.vocabulary)[self.codes])


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
    """Return the words of ``normalised`` texts.

    ASCII goes through a table of bytes; only texts with other letters need the regular expression,
    which takes ten times as long.

    Args:
        texts: n values of ``string`` without null.
    """
    letters, bounds = _bytes_of(_normalised_where_needed(texts))
    letters = _LETTERS[letters]
    inside = letters != _SPACE
    is_start = inside.copy()
    is_start[1:] &= ~inside[:-1]
    at_bound = bounds[:-1][np.diff(bounds) > 0]  # a text's first word begins there even
    is_start[at_bound] = inside[at_bound]  # where the text before ends with a letter
    starts = np.flatnonzero(is_start)
    length_before = np.concatenate([[0], np.cumsum(inside, dtype=np.int64)])
    ends = np.append(length_before[starts], length_before[-1])
    words = pa.StringArray.from_buffers(
        len(starts), pa.py_buffer(ends.astype(np.int32)), pa.py_buffer(letters[inside])
    ).dictionary_encode()
    offsets = np.searchsorted(starts, bounds).astype(np.int64)
    return Words(words.indices.to_numpy(), words.dictionary, offsets)


def _normalised_where_needed(texts: pa.Array) -> pa.Array:
    plain = pc.string_is_ascii(texts)
    if pc.all(plain).as_py() is not False:
        return texts
    other = pc.invert(plain)
    return pc.replace_with_mask(texts, other, normalised(texts.filter(other)))


def _bytes_of(texts: pa.Array) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Return the UTF-8 of all texts in a row, and where each begins, (n + 1,)."""
    if len(texts) == 0:
        return np.empty(0, np.uint8), np.zeros(1, np.int64)
    offsets = np.frombuffer(texts.buffers()[1], np.int32)
    bounds = offsets[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)
    data = np.frombuffer(texts.buffers()[2] or b"", np.uint8)
    return data[bounds[0] : bounds[-1]], bounds - bounds[0]

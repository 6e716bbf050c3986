"""A sentence as the set of its words and word pairs, hashed, and the exact Jaccard of two sets.

Words are runs of letters, marks and digits in lower case; all else separates. Single words and
neighbouring pairs together make short sentences comparable: one word replaced in a sentence of n
distinct words leaves a Jaccard of (2n - 4) / (2n + 2): 0.5 at 5 words, 0.73 at 10, 0.86 at 20.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from realsyn_lib.hashing import Unsigned, hash_strings, mix

_NOT_A_WORD = r"[^\p{L}\p{M}\p{N}]+"
_DOTTED_I = "\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}"
_FINAL_SIGMA = "\N{GREEK SMALL LETTER FINAL SIGMA}"
_SIGMA = "\N{GREEK SMALL LETTER SIGMA}"
_PAIR_FACTOR = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class ShingleSets:
    """Hashed shingles of n sentences: row i owns ``hashes[offsets[i] : offsets[i + 1]]``.

    ``hashes``: uint64, ascending and distinct inside a row. ``offsets``: (n + 1,) int64.
    """

    hashes: Unsigned
    offsets: npt.NDArray[np.int64]


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


def shingle_sets(texts: pa.Array) -> ShingleSets:
    """Return the hashed words and word pairs of each sentence.

    Args:
        texts: n values of ``string`` without null.

    Returns:
        The sets of n rows; empty for a text without a word.
    """
    words, offsets = words_of(texts)
    word_hashes = _hashes_of(words)
    counts = np.diff(offsets)
    rows = np.repeat(np.arange(len(texts)), counts)
    has_next = np.r_[rows[1:] == rows[:-1], False][: len(rows)]
    left = np.flatnonzero(has_next)
    pairs = mix(word_hashes[left] * _PAIR_FACTOR + word_hashes[left + 1])
    return _distinct(
        np.concatenate([rows, rows[left]]), np.concatenate([word_hashes, pairs]), len(texts)
    )


def jaccard(sets: ShingleSets, pairs: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return the exact Jaccard index of pairs of rows.

    Args:
        sets: shingles of n rows.
        pairs: (m, 2) int64 row numbers.

    Returns:
        (m,) float64, intersection over union; 0 where both are empty.
    """
    sizes = np.diff(sets.offsets)
    pair_of_left, left = _gather(sets, pairs[:, 0])
    pair_of_right, right = _gather(sets, pairs[:, 1])
    keys = np.concatenate([left, right])
    owner = np.concatenate([pair_of_left, pair_of_right])
    order = np.lexsort((keys, owner))
    keys, owner = keys[order], owner[order]
    same = (keys[1:] == keys[:-1]) & (owner[1:] == owner[:-1])
    shared = np.bincount(owner[1:][same], minlength=len(pairs))
    union = sizes[pairs[:, 0]] + sizes[pairs[:, 1]] - shared
    return shared / np.maximum(union, 1)


def jaccard_sql(left: str, right: str) -> str:
    """Return the Spark SQL expression of the Jaccard index of two non-empty arrays of shingles."""
    return f"size(array_intersect({left}, {right})) / size(array_union({left}, {right}))"


def words_of(texts: pa.Array) -> tuple[pa.Array, npt.NDArray[np.int64]]:
    """Return the normalised words of all texts in order, and where each row starts, (n + 1,)."""
    lists = pc.split_pattern(normalised(texts), " ")
    counts = pc.list_value_length(lists).to_numpy(zero_copy_only=False).astype(np.int64)
    words = lists.flatten()
    filled = pc.not_equal(words, "").to_numpy(zero_copy_only=False)
    rows = np.repeat(np.arange(len(texts)), counts)[filled]
    counts = np.bincount(rows, minlength=len(texts))
    return words.filter(pa.array(filled)), np.r_[0, np.cumsum(counts)].astype(np.int64)


def _hashes_of(words: pa.Array) -> Unsigned:
    if len(words) == 0:
        return np.empty(0, dtype=np.uint64)
    coded = words.dictionary_encode()
    return np.asarray(hash_strings(coded.dictionary)[coded.indices.to_numpy()])


def _distinct(rows: npt.NDArray[np.int64], hashes: Unsigned, row_count: int) -> ShingleSets:
    order = np.lexsort((hashes, rows))
    rows, hashes = rows[order], hashes[order]
    repeated = (rows[1:] == rows[:-1]) & (hashes[1:] == hashes[:-1])
    first = np.r_[True, ~repeated][: len(rows)]
    counts = np.bincount(rows[first], minlength=row_count)
    return ShingleSets(hashes[first], np.r_[0, np.cumsum(counts)].astype(np.int64))


def _gather(
    sets: ShingleSets, rows: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], Unsigned]:
    """Return the shingles of ``rows``, one after another, and for each the place in ``rows``."""
    starts, counts = sets.offsets[rows], sets.offsets[rows + 1] - sets.offsets[rows]
    owner = np.repeat(np.arange(len(rows)), counts)
    within = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    return owner, sets.hashes[starts[owner] + within]

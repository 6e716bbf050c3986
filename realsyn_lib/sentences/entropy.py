"""Unigram information of a sentence: theta = - sum of p(w) log2 p(w) over its words.

p is the word's share of the whole corpus, and a repeated word counts again (RealSyn, section 3.1;
the base 2 is DanQing's). The score rewards sentences of many common words and drops slogans.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from realsyn_lib.errors import ShapeError
from realsyn_lib.hashing import hash_strings
from realsyn_lib.sentences.words import words_of

_UNITS_PER_BIT = 2**40  # terms are whole numbers, so that no order of adding can change a sum


@dataclass(frozen=True)
class WordTable:
    """Words and what one occurrence of each adds, in units of 2**-40 bit.

    Attributes:
        words: (n,) string, by the order of ``hashes``.
        hashes: (n,) uint64, ascending.
        terms: (n,) int64, - p log2 p of each word.
    """

    words: pa.Array
    hashes: npt.NDArray[np.uint64]
    terms: npt.NDArray[np.int64]


def word_table(words: pa.Array, shares: npt.NDArray[np.float64]) -> WordTable:
    """Return the table that ``entropy_bits`` reads.

    Args:
        words: (n,) string, distinct, lower case.
        shares: (n,) float64 in 0..1, occurrences over all words of the corpus; words left out
            of the table keep their share of that total.

    Raises:
        ShapeError: the lengths differ.
    """
    if len(words) != len(shares):
        raise ShapeError(f"word_table: {len(words)} words, {len(shares)} shares")
    hashes = hash_strings(words)
    order = np.argsort(hashes, kind="stable")
    safe = np.where(shares > 0, shares, 1.0)  # log2 of nothing: adds nothing
    terms = np.rint(-safe * np.log2(safe) * _UNITS_PER_BIT).astype(np.int64)
    return WordTable(words.take(pa.array(order)), hashes[order], terms[order])


@dataclass(frozen=True)
class Cut:
    """What a word table leaves out.

    Attributes:
        share: occurrences of words outside the table, over all words of the corpus, 0..1.
        max_lost_bits: no sentence of the longest length scores more than this too little.
    """

    share: float
    max_lost_bits: float


def cut_of(shares: npt.NDArray[np.float64], max_vocabulary: int, max_words: int) -> Cut:
    """Return what is lost by keeping only the most frequent words.

    A word that was left out is no more frequent than the rarest kept one, of share p. Below a
    share of 1/e the term - p log2 p falls with p, so each such word of a sentence adds at most that.

    Args:
        shares: (n,) float64, of the kept words.
        max_vocabulary: words kept at most; a smaller table is whole and loses nothing.
        max_words: words of the longest sentence that is scored.
    """
    if len(shares) < max_vocabulary:
        return Cut(0.0, 0.0)
    rarest = min(float(shares.min()), float(np.exp(-1)))
    return Cut(max(0.0, 1.0 - float(shares.sum())), max_words * -rarest * float(np.log2(rarest)))


def entropy_bits(texts: pa.Array, table: WordTable) -> npt.NDArray[np.float32]:
    """Return theta of each text in bits.

    A word that is not in the table adds nothing; ``cut_of`` bounds what is lost by that.

    Args:
        texts: (n,) string without null.
        table: the words of the corpus.

    Returns:
        (n,) float32, at least 0.
    """
    words = words_of(texts)
    term_of_word = _terms(words.vocabulary, table)
    running = np.concatenate([np.zeros(1, np.int64), np.cumsum(term_of_word[words.codes])])
    sums = running[words.offsets[1:]] - running[words.offsets[:-1]]
    bits: npt.NDArray[np.float32] = sums.astype(np.float32)
    return bits / np.float32(_UNITS_PER_BIT)


def _terms(words: pa.Array, table: WordTable) -> npt.NDArray[np.int64]:
    """Return the term of each word, 0 where the table has it not."""
    if len(table.hashes) == 0 or len(words) == 0:
        return np.zeros(len(words), np.int64)
    place = np.searchsorted(table.hashes, hash_strings(words))
    place = np.minimum(place, len(table.hashes) - 1)
    same = pc.equal(table.words.take(pa.array(place)), words).to_numpy(zero_copy_only=False)
    return np.where(same, table.terms[place], 0)

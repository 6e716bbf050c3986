"""Near pairs of texts: MinHash candidates whose exact Jaccard index reaches a threshold."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from realsyn_lib.dedup.candidates import candidates
from realsyn_lib.dedup.jaccard import word_jaccard
from realsyn_lib.dedup.minhash import Banding, Sketches, sketches
from realsyn_lib.dedup.shingles import Shingles, shingles_of, text_keys
from realsyn_lib.dedup.words import words_of
from realsyn_lib.hashing import Unsigned


@dataclass(frozen=True)
class NearTextRules:
    """When two texts are near.

    Attributes:
        min_jaccard: least Jaccard index of their words, 0..1.
        shingle_words: words of the longest shingle by which candidates are found.
        banding: how candidates are found.
    """

    min_jaccard: float
    shingle_words: int
    banding: Banding


def sketched(texts: pa.Array, rules: NearTextRules) -> tuple[npt.NDArray[np.int64], Sketches]:
    """Return the rows that have a word, and their sketches.

    The last band is that of the whole text: equal texts always meet.

    Args:
        texts: n values of ``string`` without null.
        rules: length of the shingles, and the banding.
    """
    words = words_of(texts)
    filled = np.flatnonzero(np.diff(words.offsets))
    shingles = shingles_of(words, rules.shingle_words)
    starts = np.append(shingles.offsets[filled], len(shingles.hashes))
    found = sketches(Shingles(shingles.hashes, starts), rules.banding)
    whole = text_keys(words)[filled]
    return filled, Sketches(np.concatenate([found.keys, whole[None]]), found.bits)


def near_texts(texts: pa.Array, rules: NearTextRules) -> npt.NDArray[np.int64]:
    """Return the near pairs among texts that are all in memory.

    Args:
        texts: n values of ``string`` without null.
        rules: thresholds and banding.

    Returns:
        (pairs, 2) int64 row numbers, smaller first, ascending, each pair once. Of many equal texts
        each is paired with the first one.
    """
    rows, found = sketched(texts, rules)
    met = [_pairs(keys, found.bits, rows, rules) for keys in found.keys]
    pairs = np.unique(np.concatenate(met), axis=0)
    left, right = (texts.take(pa.array(pairs[:, side])) for side in (0, 1))
    return pairs[word_jaccard(left, right) >= rules.min_jaccard]


def _pairs(
    keys: Unsigned, bits: Unsigned, rows: npt.NDArray[np.int64], rules: NearTextRules
) -> npt.NDArray[np.int64]:
    return np.stack(candidates(keys, bits, rows, rules.banding.max_apart), axis=1)

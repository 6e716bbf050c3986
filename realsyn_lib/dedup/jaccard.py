"""Exact Jaccard index of the words of pairs of texts."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from realsyn_lib.byte_words import Words
from realsyn_lib.dedup.words import words_of
from realsyn_lib.errors import ShapeError


def word_jaccard(left: pa.Array, right: pa.Array) -> npt.NDArray[np.float64]:
    """Return how many of the words of two texts both have, over those that either has.

    Words are compared as they are, not by a hash, each once however often a text repeats it.

    Args:
        left: n values of ``string`` without null.
        right: the other text of each pair.

    Returns:
        (n,) float64 in 0..1; 0 where neither has a word.

    Raises:
        ShapeError: the numbers of texts differ.
    """
    if len(left) != len(right):
        raise ShapeError(f"word_jaccard: {len(left)} left and {len(right)} right texts")
    count = len(left)
    words = words_of(pa.concat_arrays([left, right]))
    keys = _distinct_keys(words, count)
    both = np.bincount(keys[1:][keys[1:] == keys[:-1]] // _width(words), minlength=count)
    either = np.bincount(keys // _width(words), minlength=count) - both
    return np.asarray(both / np.maximum(either, 1))


def _distinct_keys(words: Words, count: int) -> npt.NDArray[np.int64]:
    """Return pair * width + word for each word of each side once, in ascending order."""
    sizes = np.diff(words.offsets)
    text_of = np.repeat(np.arange(len(sizes)), sizes)
    keys = np.sort(text_of * _width(words) + words.codes)
    keys = keys[np.concatenate([[True], keys[1:] != keys[:-1]])[: len(keys)]]
    text_of, codes = np.divmod(keys, _width(words))
    return np.sort(text_of % max(count, 1) * _width(words) + codes)


def _width(words: Words) -> int:
    return max(len(words.vocabulary), 1)

"""Shingles of sentences: hashes of their words and of runs of neighbouring words."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from realsyn_lib.byte_words import Words
from realsyn_lib.hashing import Unsigned, mix

_FACTOR = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Shingles:
    """Hashed shingles of n texts: text i owns ``hashes[offsets[i] : offsets[i + 1]]``.

    ``hashes``: uint64, repeated where the text repeats itself. ``offsets``: (n + 1,) int64.
    """

    hashes: Unsigned
    offsets: npt.NDArray[np.int64]


def shingles_of(words: Words, longest: int) -> Shingles:
    """Return the runs of 1 to ``longest`` words of each text.

    Runs of one and two words make short sentences comparable: one word replaced in a sentence of
    n distinct words leaves a Jaccard of (2n - 4) / (2n + 2): 0.5 at 5 words, 0.73 at 10.

    Args:
        words: of n texts.
        longest: words of the longest run, at least 1.
    """
    counts = np.diff(words.offsets)
    text_of = np.repeat(np.arange(len(counts)), counts)
    run, starts = words.hashes(), np.arange(len(text_of))
    hashes, texts = [run], [text_of]
    for length in range(2, longest + 1):
        fits = starts + length - 1 < words.offsets[1:][text_of[starts]]
        starts, run = starts[fits], run[fits]
        run = mix(run * _FACTOR + hashes[0][starts + length - 1])
        hashes.append(run)
        texts.append(text_of[starts])
    order = np.argsort(np.concatenate(texts), kind="stable")
    sizes = np.bincount(np.concatenate(texts), minlength=len(counts))
    return Shingles(np.concatenate(hashes)[order], np.r_[0, np.cumsum(sizes)].astype(np.int64))


def text_keys(words: Words) -> Unsigned:
    """Return a 64-bit hash of the words of each text in their order, (n,) uint64."""
    counts = np.diff(words.offsets)
    place = np.arange(len(words.codes)) - np.repeat(words.offsets[:-1], counts)
    terms = mix(words.hashes() + place.astype(np.uint64) * _FACTOR)
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(terms, dtype=np.uint64)])
    return mix(sums[words.offsets[1:]] - sums[words.offsets[:-1]] + counts.astype(np.uint64))

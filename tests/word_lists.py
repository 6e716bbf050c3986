"""The words of texts as lists, to compare."""

import pyarrow as pa

from realsyn_lib.byte_words import Words


def lists_of(words: Words) -> list[list[str]]:
    """Return the words of each text in order."""
    every = words.vocabulary.take(pa.array(words.codes)).to_pylist()
    return [every[a:b] for a, b in zip(words.offsets[:-1], words.offsets[1:], strict=True)]

"""The words of texts through a table of bytes.

Most text is ASCII, where a byte alone tells its class; only other texts need the regular
expressions of their caller, which take ten times as long.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from realsyn_lib.hashing import Unsigned, hash_strings

Bytes = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
_SPACE = 32


def _letters() -> Bytes:
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


def cut_words(
    texts: pa.Array, spaced: Callable[[pa.Array], pa.Array], joiners: bytes = b""
) -> Words:
    """Return the words of texts: runs of letters and digits, in lower case.

    Args:
        texts: n values of ``string`` without null.
        spaced: gives texts that are not ASCII in lower case, with nothing but spaces (and joiners
            inside words) between their words.
        joiners: ASCII characters; a single one between two letters or digits joins them.
    """
    raw, bounds = _bytes_of(_spaced_where_needed(texts, spaced))
    letters = _LETTERS[raw]
    inside = letters != _SPACE
    starts_text = np.zeros(len(raw) + 1, np.bool_)
    starts_text[bounds] = True
    if joiners:
        joining = _joining(raw, inside, starts_text, joiners)
        letters[joining] = raw[joining]
        inside[joining] = True
    is_start = inside.copy()
    is_start[1:] &= ~inside[:-1] | starts_text[1:-1]  # the text before may end with a letter
    starts = np.flatnonzero(is_start)
    length_before = np.concatenate([[0], np.cumsum(inside, dtype=np.int64)])
    ends = np.append(length_before[starts], length_before[-1])
    words = pa.StringArray.from_buffers(
        len(starts), pa.py_buffer(ends.astype(np.int32)), pa.py_buffer(letters[inside])
    ).dictionary_encode()
    offsets = np.searchsorted(starts, bounds).astype(np.int64)
    return Words(words.indices.to_numpy(), words.dictionary, offsets)


def _joining(raw: Bytes, inside: Mask, starts_text: Mask, joiners: bytes) -> npt.NDArray[np.int64]:
    """Return the places of the joiners that stand alone between letters of one text."""
    is_joiner = np.zeros(256, np.bool_)
    is_joiner[list(joiners)] = True
    at = np.flatnonzero(is_joiner[raw])
    at = at[~starts_text[at] & ~starts_text[at + 1]]  # so that both neighbours are of its text
    return at[inside[at - 1] & inside[at + 1]]


def _spaced_where_needed(texts: pa.Array, spaced: Callable[[pa.Array], pa.Array]) -> pa.Array:
    plain = pc.string_is_ascii(texts)
    if pc.all(plain).as_py() is not False:
        return texts
    other = pc.invert(plain)
    return pc.replace_with_mask(texts, other, spaced(texts.filter(other)))


def _bytes_of(texts: pa.Array) -> tuple[Bytes, npt.NDArray[np.int64]]:
    """Return the UTF-8 of all texts in a row, and where each begins, (n + 1,)."""
    if len(texts) == 0:
        return np.empty(0, np.uint8), np.zeros(1, np.int64)
    offsets = np.frombuffer(texts.buffers()[1], np.int32)
    bounds = offsets[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)
    data = np.frombuffer(texts.buffers()[2] or b"", np.uint8)
    return data[bounds[0] : bounds[-1]], bounds - bounds[0]

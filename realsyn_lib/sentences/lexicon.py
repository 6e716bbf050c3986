"""What a tagger knows of the words that it has met, worked out once for each of them.

Sentences are cut at white space first, because most chunks (a word, a word and its comma) come
again: their tokens are looked up, not found anew.
"""

from collections.abc import Mapping, Sequence
from itertools import chain, islice

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from realsyn_lib.sentences.tokens import tokens_of

Ints = npt.NDArray[np.int32]

# Words (0.9 KB each), chunks, letters of all chunks: the web has words of thousands of letters.
_MOST = (65_536, 262_144, 16_000_000)
_CONTEXT = ("-START-", "-START2-", "-END-", "-END2-")
# Columns of ``_names``, by where the token that they speak for stands from the word: here, one and
# two places behind it, one and two before it.
_GROUPS = (slice(0, 3), slice(3, 5), slice(5, 6), slice(6, 8), slice(8, 9))


class Lexicon:
    """Words by row; the first four rows are the marks before and behind a sentence.

    What was met before never changes a score, only the time: when full it starts anew.

    Attributes:
        words: the word of each row.
        scores: (5, rows, classes) int32, the sum of weights of the features of each group.
        rows_after_tag: (rows,) int32, the word's row of features that hold a tag; 0: none.
        fixed_tags: (rows,) int32, the only tag of a word; -1: it depends.
    """

    def __init__(
        self,
        weights: Ints,
        feature: Mapping[str, int],
        rows_after_tag: Mapping[str, int],
        fixed: Mapping[str, int],
    ) -> None:
        """Take (features, classes) weights, the row of each feature in them (0: unknown), the row
        of each word's key in the features behind tags, and the words of one tag.
        """  # noqa: D205
        self._weights, self._feature = weights, feature
        self._rows_after_tag, self._fixed = rows_after_tag, fixed
        self._forget()

    def _forget(self) -> None:
        self._row_of_word: dict[str, int] = {}
        self._rows_of_chunk: dict[str, tuple[int, ...]] = {}
        self._letters = 0
        self.words: list[str] = []
        self.scores: Ints = np.zeros((len(_GROUPS), 0, self._weights.shape[1]), np.int32)
        self.rows_after_tag: Ints = np.zeros(0, np.int32)
        self.fixed_tags: Ints = np.zeros(0, np.int32)
        self._add([(f"\0{mark}", mark) for mark in _CONTEXT])

    def rows_of(self, tokens: list[str]) -> Ints:
        """Return the row of each token, adding those not met yet."""
        self._make_room()
        return self._rows(tokens)

    def read(self, sentences: Sequence[str]) -> tuple[Ints, npt.NDArray[np.int64]]:
        """Return the rows of all tokens of some sentences, and how many each sentence has."""
        self._make_room()
        cut = pc.split_pattern(pa.array(sentences, pa.string()), " ")
        encoded = cut.flatten().dictionary_encode()
        chunks = encoded.dictionary.to_pylist()
        self._meet([chunk for chunk in chunks if chunk not in self._rows_of_chunk])
        found = list(map(self._rows_of_chunk.__getitem__, chunks))
        row_counts = np.fromiter(map(len, found), np.int64, len(found))
        rows = np.fromiter(chain.from_iterable(found), np.int32, int(row_counts.sum()))

        codes = encoded.indices.to_numpy(zero_copy_only=False)
        ends = _offsets(row_counts[codes])
        shift = _offsets(row_counts)[codes] - ends[:-1]  # from a token's place to its chunk's rows
        places = np.repeat(shift, row_counts[codes]) + np.arange(ends[-1])
        return rows[places], np.diff(ends[_offsets(pc.list_value_length(cut).to_numpy())])

    def _meet(self, chunks: list[str]) -> None:
        """Cut chunks not met before."""
        tokens = [tokens_of(chunk) for chunk in chunks]
        rows = iter(self._rows([*chain.from_iterable(tokens)]).tolist())
        self._letters += sum(map(len, chunks))
        for chunk, own in zip(chunks, tokens):
            self._rows_of_chunk[chunk] = tuple(islice(rows, len(own)))

    def _rows(self, tokens: list[str]) -> Ints:
        new = sorted(set(tokens) - self._row_of_word.keys())
        if new:
            self._add([(word, _key(word)) for word in new])
        return np.fromiter(map(self._row_of_word.__getitem__, tokens), np.int32, len(tokens))

    def _add(self, words: list[tuple[str, str]]) -> None:
        """Append rows for words and their keys."""
        known = len(self.words)
        self._row_of_word |= {word: known + n for n, (word, _) in enumerate(words)}
        self.words += [word for word, _ in words]
        if len(self.words) > len(self.fixed_tags):
            self._grow(max(4096, 2 * len(self.fixed_tags), len(self.words)))
        rows = slice(known, known + len(words))
        named = self._feature.get
        numbers = np.array([[named(name, 0) for name in _names(*pair)] for pair in words], np.int64)
        for group, columns in enumerate(_GROUPS):
            for of_one in numbers[:, columns].T:
                self.scores[group, rows] += self._weights[of_one]
        self.rows_after_tag[rows] = [self._rows_after_tag.get(key, 0) for _, key in words]
        self.fixed_tags[rows] = [self._fixed.get(word, -1) for word, _ in words]

    def _grow(self, size: int) -> None:
        """Make the arrays longer; what is new holds 0, and no fixed tag."""
        scores = np.zeros((len(_GROUPS), size, self._weights.shape[1]), np.int32)
        scores[:, : len(self.fixed_tags)] = self.scores
        more = size - len(self.fixed_tags)
        self.scores = scores
        self.rows_after_tag = np.pad(self.rows_after_tag, (0, more))
        self.fixed_tags = np.pad(self.fixed_tags, (0, more), constant_values=-1)

    def _make_room(self) -> None:
        """Forget everything before the next batch, once there is too much of it."""
        sizes = (len(self.words), len(self._rows_of_chunk), self._letters)
        if any(size > most for size, most in zip(sizes, _MOST)):
            self._forget()


def _offsets(counts: npt.NDArray[np.integer]) -> npt.NDArray[np.int64]:
    """Return where each of some parts starts, and the end of the last."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(counts, dtype=np.int64)])


def _names(word: str, key: str) -> tuple[str, ...]:
    """Return the features that hold a word but no tag, in the order of ``_GROUPS``."""
    end = key[-3:]
    return (
        f"i word {key}", f"i suffix {word[-3:]}", f"i pref1 {word[0]}",
        f"i-1 word {key}", f"i-1 suffix {end}", f"i-2 word {key}",
        f"i+1 word {key}", f"i+1 suffix {end}", f"i+2 word {key}",
    )  # fmt: skip


def _key(word: str) -> str:
    """Return what the tagger knows a word by: lower case; numbers and compounds by their kind."""
    if "-" in word and word[0] != "-":
        return "!HYPHEN"
    if word.isdigit() and len(word) == 4:
        return "!YEAR"
    return "!DIGITS" if word[0].isdigit() else word.lower()

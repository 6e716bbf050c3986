"""Part-of-speech tags by an averaged perceptron, a whole batch of sentences at a time.

The model is greedy: a tag is the class with the greatest sum of weights over fourteen features of
the word, its neighbours and the two tags before it. All features without tags are looked up for
the batch at once; then the batch goes left to right together, one word of every sentence a step.
"""

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from realsyn_lib.errors import ModelError

Ints = npt.NDArray[np.int32]

_SCALE = 1000  # weights have three decimals: whole numbers add up the same in any order
_MAX_CACHED_WORDS = 200_000
_CONTEXT = ("-START-", "-START2-", "-END-", "-END2-")
# Features of a neighbour, by where it stands; {0} is its key, {1} the key's last three letters.
_BEFORE = ("i-1 word {0}", "i-1 suffix {1}")
_TWO_BEFORE = ("i-2 word {0}",)
_AFTER = ("i+1 word {0}", "i+1 suffix {1}")
_TWO_AFTER = ("i+2 word {0}",)
_SHIFTS = (0, 0, 0, -1, -1, -2, 1, 1, 2)  # of each feature: where its word stands from here


class Tagger:
    """Tags tokens with the Penn Treebank's parts of speech."""

    def __init__(
        self,
        weights: Mapping[str, Mapping[str, float]],
        tag_of_word: Mapping[str, str],
        classes: Iterable[str],
    ) -> None:
        """Lay the weights out as arrays.

        Args:
            weights: feature -> tag -> weight, at most three decimals.
            tag_of_word: words that have one tag whatever stands beside them.
            classes: all tags.
        """
        # Of equal scores the greatest name wins, as in training: argmax takes the first.
        self.classes = sorted(classes, reverse=True)
        self._class_number = {tag: number for number, tag in enumerate(self.classes)}
        self._feature = {name: number for number, name in enumerate(weights, start=1)}
        self._weights = np.zeros((len(weights) + 1, len(self.classes)), np.int32)  # row 0: unknown
        for number, of_tags in enumerate(weights.values(), start=1):
            for tag, weight in of_tags.items():
                self._weights[number, self._class_number[tag]] = round(weight * _SCALE)
        self._tag_of_word = tag_of_word
        self._after_tags = self._pair_scores()
        self._words_after_tag, self._features_after_tag = self._word_features_after_tag()
        self._forget()

    def tag(self, sentences: list[list[str]]) -> list[npt.NDArray[np.int32]]:
        """Return for each sentence the numbers of its tags in ``classes``, one a token.

        A sentence's tags do not depend on the others of the batch.
        """
        lengths = np.array([len(tokens) for tokens in sentences], np.int64)
        flat = self.tag_flat([token for tokens in sentences for token in tokens], lengths)
        return np.split(flat, np.cumsum(lengths)[:-1]) if len(sentences) else []

    def tag_flat(self, tokens: list[str], lengths: npt.NDArray[np.int64]) -> Ints:
        """Tag the tokens of several sentences that stand one behind the other.

        Args:
            tokens: all tokens.
            lengths: (n,) int64, tokens of each sentence.

        Returns:
            (len(tokens),) int32, numbers in ``classes``.
        """
        words = self._rows(tokens)
        scores = self._scores_without_tags(words, lengths)
        return self._left_to_right(words, scores, lengths)

    def _scores_without_tags(self, words: Ints, lengths: npt.NDArray[np.int64]) -> Ints:
        """Return (tokens, classes) sums of all weights that no tag takes part in."""
        counts = np.repeat(np.arange(len(lengths)), lengths)
        places = np.arange(len(words)) + 4 * counts + 2  # two marks before and behind each sentence
        padded = np.empty(len(words) + 4 * len(lengths), np.int32)
        ends = np.cumsum(lengths + 4)
        for back, mark in ((lengths + 4, 0), (lengths + 3, 1)):
            padded[ends - back] = mark
        padded[ends - 2], padded[ends - 1] = 2, 3
        padded[places] = words
        scores = np.tile(self._weights[self._feature.get("bias", 0)], (len(words), 1))
        for column, shift in enumerate(_SHIFTS):
            scores += self._weights[self._features[padded[places + shift], column]]
        return scores

    def _left_to_right(self, words: Ints, scores: Ints, lengths: npt.NDArray[np.int64]) -> Ints:
        longest_first = np.argsort(-lengths, kind="stable")
        sorted_lengths = lengths[longest_first]
        starts = (np.cumsum(lengths) - lengths)[longest_first]
        before = np.full(len(lengths), self._class_number.get(".", len(self.classes)), np.int32)
        two_before = np.full(len(lengths), len(self.classes), np.int32)
        tags = np.empty(len(words), np.int32)
        for step in range(int(lengths.max(initial=0))):
            active = int(np.searchsorted(-sorted_lengths, -step, side="left"))
            here = starts[:active] + step
            previous = before[:active]
            total = scores[here] + self._after_tags[previous, two_before[:active]]
            pairs = self._features_after_tag[self._after_row[words[here]], previous]
            best = (total + self._weights[pairs]).argmax(axis=1).astype(np.int32)
            fixed = self._fixed_tag[words[here]]
            best = np.where(fixed >= 0, fixed, best)
            tags[here] = best
            two_before[:active] = previous
            before[:active] = best
        return tags

    def _pair_scores(self) -> Ints:
        """Return (tags + 1, tags + 1, classes): what the two tags before add; last: no tag.

        A sentence starts as it did in training: behind the full stop of another, before which
        any tag may have stood.
        """
        names = [*self.classes, "-NONE-"]
        table = np.zeros((len(names), len(names), len(self.classes)), np.int32)
        for row, one in enumerate(names):
            table[row] += self._weights[self._feature.get(f"i-1 tag {one}", 0)]
            table[:, row] += self._weights[self._feature.get(f"i-2 tag {one}", 0)]
            for column, two in enumerate(names):
                pair = self._feature.get(f"i tag+i-2 tag {one} {two}", 0)
                table[row, column] += self._weights[pair]
        return table

    def _word_features_after_tag(self) -> tuple[dict[str, int], Ints]:
        """Return word key -> row, and (rows, tags + 1) features of that word behind each tag."""
        rows: dict[str, int] = {}
        found: list[tuple[int, int, int]] = []
        for name, number in self._feature.items():
            if name.startswith("i-1 tag+i word "):
                tag, _, key = name.removeprefix("i-1 tag+i word ").partition(" ")
                if tag in self._class_number:
                    row = rows.setdefault(key, len(rows) + 1)
                    found.append((row, self._class_number[tag], number))
        table = np.zeros((len(rows) + 1, len(self.classes) + 1), np.int32)
        for row, tag_number, number in found:
            table[row, tag_number] = number
        return rows, table

    def _forget(self) -> None:
        """Start the cache of words anew: what was seen never changes a tag, only the time."""
        self._row_of_word: dict[str, int] = {}
        self._features = np.zeros((1024, len(_SHIFTS)), np.int32)
        self._after_row = np.zeros(1024, np.int32)
        self._fixed_tag = np.full(1024, -1, np.int32)
        for mark in _CONTEXT:
            self._add(f"\0{mark}", mark)

    def _rows(self, tokens: list[str]) -> Ints:
        """Return the cache row of each token, adding those not seen yet."""
        new = set(tokens) - self._row_of_word.keys()
        if len(self._row_of_word) + len(new) > _MAX_CACHED_WORDS:
            self._forget()
            new = set(tokens)
        for word in new:
            self._add(word, _key(word))
        return np.fromiter(map(self._row_of_word.__getitem__, tokens), np.int32, len(tokens))

    def _add(self, word: str, key: str) -> None:
        row = len(self._row_of_word)
        if row == len(self._features):
            self._features = np.concatenate([self._features, np.zeros_like(self._features)])
            self._after_row = np.concatenate([self._after_row, np.zeros_like(self._after_row)])
            self._fixed_tag = np.concatenate([self._fixed_tag, np.full(row, -1, np.int32)])
        own = (f"i word {key}", f"i suffix {word[-3:]}", f"i pref1 {word[0]}")
        around = (*_BEFORE, *_TWO_BEFORE, *_AFTER, *_TWO_AFTER)
        names = (*own, *(form.format(key, key[-3:]) for form in around))
        self._features[row] = [self._feature.get(name, 0) for name in names]
        self._after_row[row] = self._words_after_tag.get(key, 0)
        self._fixed_tag[row] = self._class_number.get(self._tag_of_word.get(word, ""), -1)
        self._row_of_word[word] = row


@lru_cache(maxsize=2)
def load_tagger(path: str) -> Tagger:
    """Read a tagger from the JSON file that `realsyn models fetch` writes.

    Raises:
        ModelError: the file is missing or is not an object of weights, tags and classes.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        return Tagger(content["weights"], content["tags"], content["classes"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"load_tagger: {path}: {type(error).__name__}: {error}; expected weights, tags and "
            "classes; run `realsyn models fetch`"
        ) from error


def _key(word: str) -> str:
    """Return what the tagger knows a word by: lower case; numbers and compounds by their kind."""
    if "-" in word and word[0] != "-":
        return "!HYPHEN"
    if word.isdigit() and len(word) == 4:
        return "!YEAR"
    return "!DIGITS" if word[0].isdigit() else word.lower()

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
from realsyn_lib.sentences.lexicon import Lexicon

Ints = npt.NDArray[np.int32]

_SCALE = 1000  # weights have three decimals: whole numbers add up the same in any order
_SHIFTS = (0, -1, -2, 1, 2)  # of the lexicon's groups: where the word stands from here


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
        self._after_tags = self._pair_scores()
        rows_after_tag, self._features_after_tag = self._word_features_after_tag()
        fixed = {word: self._class_number[tag] for word, tag in tag_of_word.items()}
        self.lexicon = Lexicon(self._weights, self._feature, rows_after_tag, fixed)

    def tag(self, sentences: list[list[str]]) -> list[Ints]:
        """Return for each sentence, given as tokens, the numbers of its tags in ``classes``.

        A sentence's tags do not depend on the others of the batch.
        """
        lengths = np.array([len(tokens) for tokens in sentences], np.int64)
        rows = self.lexicon.rows_of([token for tokens in sentences for token in tokens])
        flat = self.tag_rows(rows, lengths)
        return np.split(flat, np.cumsum(lengths)[:-1]) if len(sentences) else []

    def tag_rows(self, rows: Ints, lengths: npt.NDArray[np.int64]) -> Ints:
        """Tag the tokens of several sentences that stand one behind the other.

        Args:
            rows: (tokens,) int32, their places in ``lexicon``.
            lengths: (n,) int64, tokens of each sentence.

        Returns:
            (tokens,) int32, numbers in ``classes``.
        """
        tags = self.lexicon.fixed_tags[rows]
        scores = self._scores_without_tags(rows, np.flatnonzero(tags < 0), lengths)
        self._left_to_right(rows, scores, lengths, tags)
        return tags

    def _scores_without_tags(
        self, rows: Ints, wanted: npt.NDArray[np.int64], lengths: npt.NDArray[np.int64]
    ) -> Ints:
        """Return (wanted, classes) sums of all weights that no tag takes part in."""
        sentence_of = np.repeat(np.arange(len(lengths)), lengths)
        places = np.arange(len(rows)) + 4 * sentence_of + 2  # two marks before and behind each
        padded = np.empty(len(rows) + 4 * len(lengths), np.int32)
        ends = np.cumsum(lengths + 4)
        for back, mark in ((lengths + 4, 0), (lengths + 3, 1)):
            padded[ends - back] = mark
        padded[ends - 2], padded[ends - 1] = 2, 3
        padded[places] = rows
        here = places[wanted]
        scores = np.tile(self._weights[self._feature.get("bias", 0)], (len(wanted), 1))
        for group, shift in enumerate(_SHIFTS):
            scores += self.lexicon.scores[group][padded[here + shift]]
        return scores

    def _left_to_right(
        self, rows: Ints, scores: Ints, lengths: npt.NDArray[np.int64], tags: Ints
    ) -> None:
        """Fill in the tags below 0, one word of every sentence a step."""
        score_of = np.cumsum(tags < 0) - 1
        longest_first = np.argsort(-lengths, kind="stable")
        sorted_lengths = lengths[longest_first]
        starts = (np.cumsum(lengths) - lengths)[longest_first]
        before = np.full(len(lengths), self._class_number.get(".", len(self.classes)), np.int32)
        two_before = np.full(len(lengths), len(self.classes), np.int32)
        for step in range(int(lengths.max(initial=0))):
            active = int(np.searchsorted(-sorted_lengths, -step, side="left"))
            here = starts[:active] + step
            open_ = np.flatnonzero(tags[here] < 0)
            at, previous = here[open_], before[open_]
            pairs = self._features_after_tag[self.lexicon.rows_after_tag[rows[at]], previous]
            total = scores[score_of[at]] + self._after_tags[previous, two_before[open_]]
            tags[at] = (total + self._weights[pairs]).argmax(axis=1)
            two_before[:active] = before[:active]
            before[:active] = tags[here]

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

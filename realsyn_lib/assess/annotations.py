"""What captions speak of: the entities they name, and the share of their words that carry meaning.

Both come from part-of-speech tags, so that no model beyond the light tagger is needed. An entity is
a noun group: a run of proper or common nouns, such as ``Golden Gate Bridge`` or ``fishing boats``.
Of texts in lower case, as RealSyn's release has them, the tagger may take a name's first word for an
adjective: compare texts that are written alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from realsyn_lib.sentences.complexity import AUXILIARIES
from realsyn_lib.sentences.plurals import singular
from realsyn_lib.sentences.tagger import Tagger
from realsyn_lib.slices import slices_by_size

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

MOST_WORDS = 5
"""Words of an entity: a longer run of nouns is a list or a title, and its last words are taken."""

MOST_LETTERS = 80
"""Letters of an entity; what is longer is no name."""

_NOUNS = frozenset(("NN", "NNS", "NNP", "NNPS"))
_MEANINGFUL = _NOUNS | {"JJ", "JJR", "JJS", "VB", "VBD", "VBG", "VBN", "VBP", "VBZ"}
_VERBS = frozenset(("VB", "VBD", "VBG", "VBN", "VBP", "VBZ"))
_LETTERS_AT_ONCE = 500_000  # every letter may be a token, which takes 400 bytes


@dataclass(frozen=True)
class Annotations:
    """What was found in n texts.

    Attributes:
        density: (n,) float32 in [0, 1], nouns, verbs and adjectives over all words, auxiliaries
            left out of the former; NaN for a text without a word. DanQing, arXiv 2601.10305.
        entities: for each text its distinct entities, in lower case and the singular, sorted.
    """

    density: npt.NDArray[np.float32]
    entities: list[list[str]]


class Annotator(Protocol):
    """Anything that annotates texts; a text never sees its neighbours."""

    def annotate(self, texts: Sequence[str]) -> Annotations:
        """Return the annotations of some texts, in their order."""
        ...


class LightAnnotator:
    """Annotations from the tags of the light parser."""

    def __init__(self, tagger: Tagger) -> None:
        """Take the tagger, and which of its tags are of which kind."""
        self._tagger = tagger
        self._is_noun, self._is_verb, self._is_meaningful = (
            np.array([tag in kind for tag in tagger.classes])
            for kind in (_NOUNS, _VERBS, _MEANINGFUL)
        )

    def annotate(self, texts: Sequence[str]) -> Annotations:
        """Return the annotations of some texts, read some at a time."""
        found = [self._annotated(some) for some in slices_by_size(texts, _LETTERS_AT_ONCE)]
        return Annotations(
            np.concatenate([np.zeros(0, np.float32), *(part.density for part in found)]),
            [entities for part in found for entities in part.entities],
        )

    def _annotated(self, texts: Sequence[str]) -> Annotations:
        rows, lengths = self._tagger.lexicon.read(texts)
        tags = self._tagger.tag_rows(rows, lengths)
        text_of = np.repeat(np.arange(len(lengths)), lengths)
        is_word = self._known(rows, lambda word: any(letter.isalnum() for letter in word))
        is_noun = self._is_noun[tags] & self._known(rows, _may_be_named)
        helps = self._is_verb[tags] & self._known(rows, lambda word: word.lower() in AUXILIARIES)
        meaningful = self._is_meaningful[tags] & is_word & ~helps
        density = _share(meaningful, is_word, text_of, len(lengths))
        return Annotations(density, self._groups(rows, is_noun, text_of, len(lengths)))

    def _known(self, rows: npt.NDArray[np.int32], claim: "_Claim") -> Mask:
        """Return a claim about words for each token, asked once of each distinct word."""
        distinct, place = np.unique(rows, return_inverse=True)
        words = self._tagger.lexicon.words
        return np.array([claim(words[row]) for row in distinct.tolist()], np.bool_)[place]

    def _groups(
        self, rows: npt.NDArray[np.int32], is_noun: Mask, text_of: Ints, count: int
    ) -> list[list[str]]:
        """Return the distinct noun groups of each text."""
        starts, ends = _runs(is_noun, text_of)
        starts = np.maximum(starts, ends - MOST_WORDS)
        words = self._tagger.lexicon.words
        found: list[set[str]] = [set() for _ in range(count)]
        names: dict[tuple[int, ...], str] = {}
        for text, start, end in zip(
            text_of[starts].tolist(), starts.tolist(), ends.tolist(), strict=True
        ):
            run = tuple(rows[start:end].tolist())
            if run not in names:
                names[run] = singular(" ".join(words[row].lower() for row in run))
            if len(names[run]) <= MOST_LETTERS:
                found[text].add(names[run])
        return [sorted(of_text) for of_text in found]


class _Claim(Protocol):
    def __call__(self, word: str, /) -> bool: ...


def _may_be_named(word: str) -> bool:
    """Tell whether a word may be part of a name: letters, joined by hyphens, or capitals and digits."""
    return len(word) > 1 and word[0].isalpha() and word.replace("-", "").isalnum()


def _share(part: Mask, whole: Mask, text_of: Ints, count: int) -> npt.NDArray[np.float32]:
    parts = np.bincount(text_of[part], minlength=count)
    wholes = np.bincount(text_of[whole], minlength=count)
    shares = np.full(count, np.nan, np.float32)
    np.divide(parts, wholes, out=shares, where=wholes > 0, casting="unsafe")
    return shares


def _runs(marks: Mask, text_of: Ints) -> tuple[Ints, Ints]:
    """Return first and past-the-last place of each run of marks; none reaches across texts."""
    if not len(marks):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    is_new = np.append(True, text_of[1:] != text_of[:-1])
    before = np.append(False, marks[:-1]) & ~is_new
    after = np.append(marks[1:] & ~is_new[1:], False)
    return np.flatnonzero(marks & ~before), np.flatnonzero(marks & ~after) + 1

"""Complexity and action of sentences from part-of-speech tags, a whole batch at a time.

The rules stand in for a dependency parse (CAT, DiHT, arXiv 2301.02280): a noun's complexity is the
number of its attributes and relations; the sentence's is that of its richest noun.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
import numpy.typing as npt

from realsyn_lib.sentences.tagger import Tagger, load_tagger
from realsyn_lib.slices import slices_by_size

Mask = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]

_NOUNS = frozenset(("NN", "NNS", "NNP", "NNPS"))
_MODIFIERS = frozenset(("JJ", "JJR", "JJS", "CD"))
_DETERMINERS = frozenset(("DT", "PDT", "PRP$", "WP$"))
_VERBS = frozenset(("VB", "VBD", "VBG", "VBN", "VBP", "VBZ"))
_KINDS = {
    "noun": _NOUNS,
    "modifier": _MODIFIERS,
    "determiner": _DETERMINERS,
    "phrase": _NOUNS | _MODIFIERS | _DETERMINERS | {"POS", "$", "#"},
    "verb": _VERBS,
    "participle": frozenset(("VBN",)),
    "relation": _VERBS | {"IN", "TO", "RP"},
    "skipped": frozenset(("RB", "RBR", "RBS", "MD")),  # may stand between a noun and its verb
    "argument": _NOUNS | {"PRP", "WP", "CD"},
}
# Forms of be, have and do: they relate or help, and are no action of their own.
AUXILIARIES = frozenset((
    "be", "am", "is", "are", "was", "were", "been", "being", "'s", "'re", "'m", "'ve", "'d",
    "'ll", "have", "has", "had", "having", "do", "does", "did", "doing", "done", "ai",
))  # fmt: skip
_ARGUMENT_REACH = 5  # how far from an action the noun or pronoun that takes part in it may stand
_GAP = _ARGUMENT_REACH  # empty places between sentences
_LETTERS_AT_ONCE = 500_000


@dataclass(frozen=True)
class Parses:
    """What the rules read of n sentences.

    Attributes:
        complexity: (n,) int32, attributes and relations of the richest noun; 0 without a noun.
        has_action: (n,) bool, a verb that is no auxiliary, with a noun or pronoun near it.
    """

    complexity: npt.NDArray[np.int32]
    has_action: Mask


class Parser(Protocol):
    """Anything that reads complexity and action from sentences; a row never sees its neighbours."""

    def parse(self, sentences: list[str]) -> Parses:
        """Return the parses of some cleaned sentences, in their order."""
        ...


def parsed_in_slices(
    sentences: Sequence[str], letters_at_once: int, parse: Callable[[Sequence[str]], Parses]
) -> Parses:
    """Return the parses of sentences that are read some at a time, so that memory is bounded."""
    found = [parse(some) for some in slices_by_size(sentences, letters_at_once)]
    return Parses(
        np.concatenate([np.zeros(0, np.int32), *(parses.complexity for parses in found)]),
        np.concatenate([np.zeros(0, np.bool_), *(parses.has_action for parses in found)]),
    )


class LightParser:
    """The local profile's parser: tags and noun-phrase rules."""

    def __init__(self, tagger: Tagger) -> None:
        """Take the tagger, and which of its tags are of which kind."""
        self._tagger = tagger
        self._kinds = {
            name: np.array([tag in kind for tag in tagger.classes]) for name, kind in _KINDS.items()
        }

    def parse(self, sentences: list[str]) -> Parses:
        """Return the parses of some cleaned sentences, in their order.

        They are read some at a time: a token takes 400 bytes, and every letter may be one.
        """
        return parsed_in_slices(sentences, _LETTERS_AT_ONCE, self._parsed)

    def _parsed(self, sentences: Sequence[str]) -> Parses:
        rows, lengths = self._tagger.lexicon.read(sentences)
        tags = self._tagger.tag_rows(rows, lengths)

        # Empty places before, between and behind sentences: no rule reaches across them.
        sentence_of = np.repeat(np.arange(len(lengths)), lengths)
        places = np.arange(len(rows)) + _GAP * (sentence_of + 1)
        size = len(rows) + _GAP * (len(lengths) + 1)
        marks = {name: _spread(kind[tags], places, size) for name, kind in self._kinds.items()}
        attribute = _participles_before_nouns(marks)
        actions = _spread(self._full_verbs(rows, tags), places, size) & ~attribute
        actions &= _near(marks["argument"], _ARGUMENT_REACH)

        starts = np.cumsum(lengths + _GAP) - lengths - _GAP
        return Parses(
            np.maximum.reduceat(_richness(marks, attribute), starts).astype(np.int32),
            np.logical_or.reduceat(actions, starts),
        )

    def _full_verbs(self, rows: npt.NDArray[np.int32], tags: npt.NDArray[np.int32]) -> Mask:
        """Tell which tokens are verbs and no auxiliaries."""
        verbs = self._kinds["verb"][tags]
        words = self._tagger.lexicon.words
        verbs[verbs] = [words[row].lower() not in AUXILIARIES for row in rows[verbs].tolist()]
        return verbs


@lru_cache(maxsize=2)
def load_light_parser(path: str) -> LightParser:
    """Return the light parser of a tagger's JSON file.

    Raises:
        ModelError: the file is missing or malformed.
    """
    return LightParser(load_tagger(path))


def _participles_before_nouns(marks: dict[str, Mask]) -> Mask:
    """Tell which past participles are attributes: "fried rice", not "the cook fried rice"."""
    describes = _next(marks["noun"] | marks["modifier"])
    return marks["participle"] & describes & ~_last(marks["argument"] | marks["verb"])


def _richness(marks: dict[str, Mask], attribute: Mask) -> Places:
    """Return for each place the complexity of the noun there, 0 where there is none.

    A phrase is a run of determiners, modifiers and nouns; its last noun is the head. A noun counts
    the modifiers and nouns before it in the run; the head also a verb or preposition on either
    side of the run, adverbs and modal verbs between them passed over.
    """
    noun, relation = marks["noun"], marks["relation"]
    counted = (noun | marks["modifier"] | attribute).astype(np.int64)
    first, last = _run_ends(marks["phrase"] | attribute, marks["determiner"] & _last(noun))
    before = np.cumsum(counted) - counted
    before -= before[first]

    left, right = _nearest(~marks["skipped"])
    size = len(noun)
    related = relation[left[np.maximum(first - 1, 0)]].astype(np.int64)
    related += relation[right[np.minimum(last + 1, size - 1)]]
    next_noun = np.append(_nearest(noun)[1][1:], size - 1)
    is_head = ~noun[next_noun] | (next_noun > last)
    return np.where(noun, before + related * is_head, 0)


def _run_ends(inside: Mask, splits: Mask) -> tuple[Places, Places]:
    """Return for each place in a run its first and last place; a split starts a run anew."""
    starts = inside & (~_last(inside) | splits)
    stops = inside & (~_next(inside) | _next(starts))
    return _nearest(starts)[0], _nearest(stops)[1]


def _nearest(wanted: Mask) -> tuple[Places, Places]:
    """Return for each place the nearest wanted one at or before it (else 0), at or behind it."""
    size = len(wanted)
    places = np.arange(size)
    left = np.maximum.accumulate(np.where(wanted, places, 0))
    right = np.minimum.accumulate(np.where(wanted, places, size - 1)[::-1])[::-1]
    return left, right


def _near(wanted: Mask, reach: int) -> Mask:
    """Tell for each place whether a wanted one stands at most ``reach`` places from it."""
    near = wanted.copy()
    for distance in range(1, reach + 1):
        near[distance:] |= wanted[:-distance]
        near[:-distance] |= wanted[distance:]
    return near


def _spread(values: Mask, places: Places, size: int) -> Mask:
    """Lay values out at their places; the gaps are false."""
    spread = np.zeros(size, np.bool_)
    spread[places] = values
    return spread


def _next(mask: Mask) -> Mask:
    """Tell for each place whether the one behind it is set."""
    return np.append(mask[1:], False)


def _last(mask: Mask) -> Mask:
    """Tell for each place whether the one before it is set."""
    return np.append(False, mask[:-1])

"""Complexity and action from dependency trees, a whole batch at a time.

The counting of CAT (DiHT, arXiv 2301.02280): a noun's complexity is the number of its attributes and
relations, the sentence's that of its richest noun. Both spellings of labels are known, those of
ClearNLP (spaCy's English pipelines) and of Universal Dependencies.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from realsyn_lib.sentences.complexity import AUXILIARIES, Parses

Mask = npt.NDArray[np.bool_]
Strings = npt.NDArray[np.str_]

_NOUNS = ("NOUN", "PROPN")
_PARTICIPANTS = (*_NOUNS, "PRON", "NUM")
_NO_ATTRIBUTES = ("PRON", "DET")  # "her dog" and "that dog" describe no more than "the dog"
_ATTRIBUTES = (
    "amod", "compound", "nn", "nummod", "num", "poss", "nmod", "nmod:poss", "appos",
    "acl", "acl:relcl", "relcl", "rcmod", "partmod", "prep",
)  # fmt: skip
_SUBJECTS_AND_OBJECTS = (
    "nsubj", "nsubjpass", "nsubj:pass", "dobj", "obj", "iobj", "dative", "attr", "oprd",
)  # fmt: skip
_IN_PHRASES = ("pobj",)  # a noun that a preposition governs
_WITH_CASE = ("nmod", "obl", "obl:agent")  # the same where the preposition depends on the noun
_OF_VERBS = ("prep", "agent")  # between a verb and the noun of its phrase
_SHARED = ("acl", "acl:relcl", "relcl", "rcmod", "partmod", "xcomp", "ccomp", "advcl", "conj")
_DESCRIBING = "amod"


@dataclass(frozen=True)
class Trees:
    """The trees of n sentences, their tokens one behind the other.

    Attributes:
        lengths: (n,) int64, tokens of each sentence.
        heads: (tokens,) int64, place of each token's head among all tokens; a root is its own.
        labels: (tokens,) str, the relation to the head.
        classes: (tokens,) str, universal parts of speech.
        words: (tokens,) str, in lower case.
    """

    lengths: npt.NDArray[np.int64]
    heads: npt.NDArray[np.int64]
    labels: Strings
    classes: Strings
    words: Strings


def parses_of(trees: Trees) -> Parses:
    """Return complexity and action of each sentence, n of each."""
    sentence_of = np.repeat(np.arange(len(trees.lengths)), trees.lengths)
    complexity = np.zeros(len(trees.lengths), np.int32)
    np.maximum.at(complexity, sentence_of, _richness(trees))
    has_action = np.zeros(len(trees.lengths), np.bool_)
    has_action[sentence_of[_actions(trees)]] = True
    return Parses(complexity, has_action)


def _richness(trees: Trees) -> npt.NDArray[np.int32]:
    """Return attributes and relations of each noun, 0 for other tokens."""
    is_attribute = np.isin(trees.labels, _ATTRIBUTES) & ~np.isin(trees.classes, _NO_ATTRIBUTES)
    count = _children(trees, is_attribute)
    in_phrase = _children(trees, trees.labels == "case") > 0
    related = np.isin(trees.labels, _SUBJECTS_AND_OBJECTS + _IN_PHRASES)
    related |= np.isin(trees.labels, _WITH_CASE) & in_phrase
    related |= _children(trees, trees.labels == "cop") > 0
    return np.where(np.isin(trees.classes, _NOUNS), count + related, 0).astype(np.int32)


def _actions(trees: Trees) -> Mask:
    """Tell which tokens are verbs, no auxiliaries, that a noun or pronoun takes part in.

    It does as a child, as the object of a phrase, or by way of the verb's head ("the dog barking").
    """
    takes_part = np.isin(trees.classes, _PARTICIPANTS)
    phrase = np.isin(trees.labels, _OF_VERBS) & (_children(trees, takes_part) > 0)
    shared = np.isin(trees.labels, _SHARED)
    acts = (trees.classes == "VERB") & (trees.labels != _DESCRIBING)
    acts &= ~np.isin(trees.words, sorted(AUXILIARIES))
    actions: Mask = acts & (shared | (_children(trees, takes_part | phrase) > 0))
    return actions


def _children(trees: Trees, wanted: Mask) -> npt.NDArray[np.int64]:
    """Return how many wanted children each token has; a root is no child of its own."""
    wanted = wanted & (trees.heads != np.arange(len(trees.heads)))
    return np.bincount(trees.heads[wanted], minlength=len(trees.heads))

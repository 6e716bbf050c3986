"""Noun phrases of sentences that may name what a picture shows, from part-of-speech tags."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from realsyn_lib.sentences.plurals import singular
from realsyn_lib.sentences.tagger import Tagger

MOST_WORDS = 3
_COMMON = ("NN", "NNS")
_PROPER = ("NNP", "NNPS")
_WORD = re.compile(r"[a-z]{2,}(?:-[a-z]{2,})*")
_MOST_LETTERS = 24  # of a word
# Nouns that no picture shows, and adjectives that judge, count or compare: most of what is frequent.
_UNSEEN_WORDS = """
    ability account act action activity addition advantage advice age agreement aim amount answer
    approach area argument aspect attempt attention attitude author average basis beginning behaviour
    behavior belief benefit bit business care case cause century chance change character choice
    circumstance class collection comment community company comparison concern condition connection
    content context control copyright cost country couple course culture customer data date day death
    deal decade decision degree demand description design detail development difference difficulty
    direction discussion distance division economy edition education effect effort element end energy
    environment error event evidence example experience explanation extent fact factor failure favor
    feature feeling field figure following form freedom friend function fun future goal government
    group growth guide half health help history hope hour idea image impact importance improvement
    increase industry influence information instance interest issue item job kind knowledge lack
    language law lead level life link list location look loss lot majority management manner mark
    market matter mean meaning means measure member memory method mind minute model moment month
    morning movement name nature need news night noon note nothing number option order origin others
    outcome part past pattern peace percent percentage performance period permission person phase
    photo photograph picture piece place plan point policy population position possibility power
    practice presence present pressure price principle problem process product production program
    progress project property purpose quality quantity question range rate reason record relation
    relationship report research resource respect rest result review right risk role rule safety sake
    scale science season second section sense series service set share shape side sight sign situation
    size skill society solution something sort source space species speed spirit stage standard start
    state statement step story strength stress structure study stuff style subject success summer
    support surface system task team technique technology tendency term test theme theory thing
    thought time today tomorrow tonight top topic total tradition trend trip trouble truth turn type
    understanding unit use user value variety version view way week weekend width winner winter word
    work world year yesterday
"""
_UNTOLD_WORDS = """
    able actual additional amazing annual available average bad basic beautiful best better big
    certain clear common complete current daily different difficult direct due early easy entire
    essential exact extra famous favourite favorite few final fine first following former free full
    general good great happy hard high huge ideal important impressive individual interesting key
    large last late latest least less likely little local long low main major many modern more most
    much multiple national natural near nearby necessary new next nice normal numerous old only open
    original other overall own particular perfect personal popular possible present previous primary
    public quick rare real recent regular related right same second separate serious several short
    significant similar simple single small special specific standard strong such sure third total
    traditional true typical unique unusual used useful usual various very whole wide wonderful wrong
    young
"""
_UNSEEN, _UNTOLD = frozenset(_UNSEEN_WORDS.split()), frozenset(_UNTOLD_WORDS.split())


@dataclass(frozen=True)
class NounPhrases:
    """Phrases of n sentences, each once a sentence, in lower case.

    Attributes:
        sentence: (k,) int64, the sentence that holds the phrase.
        code: (k,) int64, place in ``phrases``.
        phrases: distinct phrases.
        keys: their singulars, so that singular and plural count as one.
    """

    sentence: npt.NDArray[np.int64]
    code: npt.NDArray[np.int64]
    phrases: list[str]
    keys: list[str]


def noun_phrases(sentences: Sequence[str], tagger: Tagger) -> NounPhrases:
    """Return the phrases of some sentences that may be tags.

    Of "two old fishing boats": "boats", "fishing boats". A phrase is a common noun with up to
    ``MOST_WORDS`` - 1 common nouns or adjectives right before it, of letters alone; parts of a name
    ("Boston Harbour") are none, nor is what the lists of unseen nouns and untold adjectives hold.
    Memory: some 400 bytes a token.
    """
    rows, lengths = tagger.lexicon.read(sentences)
    tags = tagger.tag_rows(rows, lengths)
    kinds = {
        name: np.array([tag in of_kind for tag in tagger.classes])[tags]
        for name, of_kind in (("common", _COMMON), ("proper", _PROPER), ("adjective", ("JJ",)))
    }
    sentence_of = np.repeat(np.arange(len(lengths)), lengths)
    is_head = kinds["common"] & ~_noun_behind(kinds, sentence_of)
    ends = np.flatnonzero(is_head & ~_after_name(kinds, sentence_of))
    return _distinct(rows, sentence_of, kinds["common"] | kinds["adjective"], ends, tagger)


def _noun_behind(
    kinds: dict[str, npt.NDArray[np.bool_]], sentence_of: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    noun = kinds["common"] | kinds["proper"]
    behind = np.append(noun[1:], False)
    behind[:-1] &= sentence_of[1:] == sentence_of[:-1]
    return behind


def _after_name(
    kinds: dict[str, npt.NDArray[np.bool_]], sentence_of: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """Tell which tokens stand right behind a proper noun: they belong to the name."""
    after = np.append(False, kinds["proper"][:-1]) if len(sentence_of) else kinds["proper"]
    after[1:] &= sentence_of[1:] == sentence_of[:-1]
    return after


def _distinct(
    rows: npt.NDArray[np.int32], sentence_of: npt.NDArray[np.int64],
    is_part: npt.NDArray[np.bool_], ends: npt.NDArray[np.int64], tagger: Tagger,
) -> NounPhrases:  # fmt: skip
    """Cut runs of 1, 2, 3 words before each end, and write each distinct one once."""
    held: list[npt.NDArray[np.int64]] = []
    for length in range(1, MOST_WORDS + 1):
        if length > 1:
            starts = ends - length + 1
            ends = ends[
                (starts >= 0) & is_part[starts] & (sentence_of[starts] == sentence_of[ends])
            ]
        words = np.full((len(ends), MOST_WORDS), -1, np.int64)
        for place in range(length):
            words[:, MOST_WORDS - length + place] = rows[ends - length + 1 + place]
        held.append(np.column_stack([sentence_of[ends], words]))
    found = np.unique(np.concatenate(held), axis=0)
    runs, code = np.unique(found[:, 1:], axis=0, return_inverse=True)
    names = [
        _phrase([tagger.lexicon.words[row] for row in run if row >= 0]) for run in runs.tolist()
    ]
    return _coded(found[:, 0], code.reshape(-1), names)


def _coded(
    sentence: npt.NDArray[np.int64], code: npt.NDArray[np.int64], names: list[str | None]
) -> NounPhrases:
    """Leave out what is no phrase, and give phrases that differ in case one number."""
    phrases = sorted({name for name in names if name is not None})
    number = {name: place for place, name in enumerate(phrases)}
    places = np.array([-1 if name is None else number[name] for name in names], np.int64)[code]
    pairs = np.unique(np.column_stack([sentence, places])[places >= 0], axis=0)
    return NounPhrases(pairs[:, 0], pairs[:, 1], phrases, [singular(name) for name in phrases])


def _phrase(words: list[str]) -> str | None:
    """Return words as a phrase; None where one of them is no plain word or tells of no picture."""
    lower = [word.lower() for word in words]
    if singular(lower[-1]) in _UNSEEN or lower[-1] in _UNSEEN:
        return None
    if any(word in _UNTOLD or word in _UNSEEN for word in lower[:-1]):
        return None
    plain = all(len(word) <= _MOST_LETTERS and _WORD.fullmatch(word) for word in lower)
    return " ".join(lower) if plain else None

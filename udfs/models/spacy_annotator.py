"""A spaCy pipeline as the annotator: its named entities, or its nouns where it knows no names."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import load_model_from_path

from realsyn_lib.assess.annotations import MOST_LETTERS, MOST_WORDS, Annotations
from realsyn_lib.errors import ModelError
from realsyn_lib.sentences.plurals import singular

_NOUNS = ("NOUN", "PROPN")
_MEANINGFUL = (*_NOUNS, "ADJ", "VERB")
_NUMBERS = frozenset((
    "CARDINAL", "DATE", "MONEY", "ORDINAL", "PERCENT", "QUANTITY", "TIME",
))  # fmt: skip
_TEXTS_AT_ONCE = 256
_MAX_LETTERS = 100_000  # of one text that are read: spaCy refuses a million


class SpacyAnnotator:
    """Annotations from a pipeline's parts of speech and named entities."""

    def __init__(self, pipeline: Language) -> None:
        """Take a pipeline that gives universal parts of speech."""
        self._pipeline = pipeline
        self._knows_names = "ner" in pipeline.pipe_names

    def annotate(self, texts: Sequence[str]) -> Annotations:
        """Return the annotations of some texts, in their order."""
        cut = (text[:_MAX_LETTERS] for text in texts)
        docs = list(self._pipeline.pipe(cut, batch_size=_TEXTS_AT_ONCE))
        entities = [sorted({name for name in self._names(doc) if name}) for doc in docs]
        return Annotations(np.array([_density(doc) for doc in docs], np.float32), entities)

    def _names(self, doc: Doc) -> list[str]:
        if not self._knows_names:
            return [singular(group) for group in _noun_groups(doc)]
        found = (entity for entity in doc.ents if entity.label_ not in _NUMBERS)
        names = (" ".join(entity.text.lower().split()) for entity in found)
        return [name for name in names if len(name) <= MOST_LETTERS]


def _density(doc: Doc) -> float:
    words = [token for token in doc if any(letter.isalnum() for letter in token.text)]
    if not words:
        return float("nan")
    return sum(token.pos_ in _MEANINGFUL for token in words) / len(words)


def _noun_groups(doc: Doc) -> list[str]:
    """Return the runs of nouns, as the light annotator does."""
    groups: list[list[str]] = [[]]
    for token in doc:
        if token.pos_ in _NOUNS:
            groups[-1].append(token.lower_)
        elif groups[-1]:
            groups.append([])
    cut = (" ".join(group[-MOST_WORDS:]) for group in groups if group)
    return [group for group in cut if len(group) <= MOST_LETTERS]


def load_spacy_annotator(folder: str) -> SpacyAnnotator:
    """Return the annotator of a pipeline's folder.

    Raises:
        ModelError: no pipeline, or one of another version of spaCy.
    """
    try:
        return SpacyAnnotator(load_model_from_path(Path(folder)))
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(
            f"load_spacy_annotator: {folder}: {' '.join(str(error).split())}; expected a spaCy "
            "pipeline with parts of speech, of the installed version"
        ) from error

"""A spaCy pipeline as the parser: dependency trees in batches, on the CPU."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import load_model_from_path

from realsyn_lib.errors import ModelError
from realsyn_lib.sentences.complexity import Parses, parsed_in_slices
from realsyn_lib.sentences.dependencies import Trees, parses_of

# Components of published pipelines that neither tags nor trees depend on.
_UNUSED = (
    "ner", "lemmatizer", "senter", "sentencizer", "textcat", "textcat_multilabel", "entity_linker",
    "entity_ruler", "span_ruler", "spancat",
)  # fmt: skip
_TEXTS_AT_ONCE = 256  # of one call of the pipeline's networks
_LETTERS_AT_ONCE = 500_000  # of sentences whose trees are held together
_MAX_LETTERS = 100_000  # of one sentence that are read: spaCy refuses a million
_PROBE = "A small dog sleeps."


class SpacyParser:
    """Reads complexity and action from a pipeline's parts of speech and dependencies."""

    def __init__(self, pipeline: Language) -> None:
        """Take a pipeline.

        Raises:
            ValueError: it gives no dependencies or no universal parts of speech.
        """
        self._pipeline = pipeline
        probe = pipeline(_PROBE)
        for layer in ("DEP", "POS"):
            if not probe.has_annotation(layer):
                raise ValueError(f"the pipeline {pipeline.pipe_names} gives no {layer}")

    def parse(self, sentences: list[str]) -> Parses:
        """Return the parses of some cleaned sentences, in their order."""
        return parsed_in_slices(sentences, _LETTERS_AT_ONCE, self._parsed)

    def _parsed(self, sentences: Sequence[str]) -> Parses:
        texts = (sentence[:_MAX_LETTERS] for sentence in sentences)
        return parses_of(self._trees(list(self._pipeline.pipe(texts, batch_size=_TEXTS_AT_ONCE))))

    def _trees(self, docs: list[Doc]) -> Trees:
        attributes: list[int | str] = ["HEAD", "DEP", "POS", "LOWER"]
        rows = np.concatenate(
            [np.zeros((0, 4), np.uint64), *(doc.to_array(attributes) for doc in docs)]
        )
        heads = np.arange(len(rows)) + rows[:, 0].view(np.int64)  # HEAD counts from the token
        labels, classes, words = (self._names(rows[:, place]) for place in (1, 2, 3))
        lengths = np.array([len(doc) for doc in docs], np.int64)
        return Trees(lengths, heads, labels, classes, words)

    def _names(self, codes: np.ndarray) -> np.ndarray:
        """Return the string of each code of the pipeline's store."""
        distinct, place = np.unique(codes, return_inverse=True)
        strings = self._pipeline.vocab.strings
        return np.array([strings[code] for code in distinct.tolist()] or [""])[place]


def load_spacy_parser(folder: str) -> SpacyParser:
    """Return the parser of a pipeline's folder, without the components that it does not need.

    Raises:
        ModelError: no pipeline, of another version of spaCy, or one without trees.
    """
    try:
        return SpacyParser(load_model_from_path(Path(folder), exclude=_UNUSED))
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(
            f"load_spacy_parser: {folder}: {' '.join(str(error).split())}; expected a spaCy "
            "pipeline with a parser and parts of speech, of the installed version"
        ) from error

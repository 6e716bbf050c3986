"""The annotator that a worker holds: the light tagger's, or that of a spaCy pipeline."""

from functools import lru_cache

from realsyn_lib.assess.annotations import Annotator, LightAnnotator
from realsyn_lib.models.perceptron import TARGET_FILE
from realsyn_lib.sentences.tagger import load_tagger
from udfs.models.load_parser import ParserUse


@lru_cache(maxsize=1)
def worker_annotator(use: ParserUse) -> Annotator:
    """Return the worker's one annotator, made of the files of the parser.

    Raises:
        ModelError: they are missing or malformed.
    """
    if use.loader == "spacy":
        from udfs.models.spacy_annotator import (
            load_spacy_annotator,
        )  # an extra: only where it is asked for

        return load_spacy_annotator(use.folder)
    return LightAnnotator(load_tagger(f"{use.folder}/{TARGET_FILE}"))

"""The parser that a worker holds: the light one, or a spaCy pipeline."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from realsyn_lib.models.perceptron import TARGET_FILE
from realsyn_lib.sentences.complexity import Parser, load_light_parser


@dataclass(frozen=True)
class ParserUse:
    """Which code reads which folder; the workers find it at the same path."""

    loader: Literal["data", "spacy"]
    folder: str


@lru_cache(maxsize=1)
def worker_parser(use: ParserUse) -> Parser:
    """Return the worker's one copy of a parser.

    Raises:
        ModelError: its files are missing or malformed.
    """
    if use.loader == "spacy":
        from udfs.models.spacy_parser import (
            load_spacy_parser,
        )  # an extra: only where it is asked for

        return load_spacy_parser(use.folder)
    return load_light_parser(f"{use.folder}/{TARGET_FILE}")

"""Models of the sentence stages, out of the cache that `realsyn models fetch` fills."""

import os
from pathlib import Path

import pytest

from realsyn_lib.models.cache import cache_root, require_folder
from realsyn_lib.models.registry import load_registry
from realsyn_lib.sentences.complexity import LightParser, load_light_parser
from realsyn_lib.sentences.split import Splitter, load_splitter

MODELS = Path(__file__).parents[3] / "conf" / "models.yaml"


def _folder(name: str) -> Path:
    return require_folder(load_registry(MODELS), name, cache_root(os.environ))


@pytest.fixture(scope="session")
def punkt() -> Splitter:
    """The splitter of the local profile."""
    return load_splitter(str(_folder("punkt")))


@pytest.fixture(scope="session")
def light_parser() -> LightParser:
    """The parser of the local profile."""
    return load_light_parser(str(_folder("light") / "perceptron.json"))

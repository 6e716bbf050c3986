import os
from pathlib import Path

import pytest

from realsyn_lib.models.cache import cache_root, require_folder
from realsyn_lib.models.registry import load_registry
from realsyn_lib.resources import resource_path
from realsyn_lib.sentences.noun_phrases import noun_phrases
from realsyn_lib.sentences.plurals import singular
from realsyn_lib.sentences.tagger import Tagger, load_tagger


@pytest.mark.parametrize(
    ("plural", "expected"),
    [
        ("dogs", "dog"), ("berries", "berry"), ("boxes", "box"), ("beaches", "beach"),
        ("houses", "house"), ("vases", "vase"), ("women", "woman"), ("firemen", "fireman"),
        ("wolves", "wolf"), ("glass", "glass"), ("bus", "bus"), ("tennis", "tennis"),
        ("scissors", "scissors"), ("traffic lights", "traffic light"), ("axes", "axe"),
        ("tomatoes", "tomato"), ("specimen", "specimen"), ("dog", "dog"), ("pies", "pie"),
    ],
)  # fmt: skip
def test_a_plural_has_its_singular_and_a_singular_stays(plural, expected):
    assert singular(plural) == expected


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    registry = load_registry(resource_path("conf", "models.yaml"))
    folder: Path = require_folder(registry, "light", cache_root(os.environ))
    return load_tagger(str(folder / "perceptron.json"))


def phrases_in(tagger: Tagger, *sentences: str) -> list[tuple[int, str, str]]:
    found = noun_phrases(list(sentences), tagger)
    pairs = zip(found.sentence.tolist(), found.code.tolist(), strict=True)
    return [(sentence, found.phrases[code], found.keys[code]) for sentence, code in pairs]


@pytest.mark.models
@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        # "old" tells nothing of a picture, "fishing" is a noun before the head
        ("Two old fishing boats lie in the harbour.", {"boats", "fishing boats", "harbour"}),
        ("The women wore red scarves.", {"women", "scarves", "red scarves"}),
        ("A fisherman mended his net near Boston Harbour.", {"fisherman", "net"}),
        ("It was the best way to spend time.", set()),
        ("The traffic lights of the small town were red.", {"lights", "traffic lights", "town"}),
    ],
)
def test_phrases_are_nouns_with_what_stands_before_them(tagger, sentence, expected):
    assert {phrase for _, phrase, _ in phrases_in(tagger, sentence)} == expected


@pytest.mark.models
def test_a_phrase_counts_once_a_sentence_whatever_its_case_and_no_run_crosses_sentences(tagger):
    found = phrases_in(tagger, "Dogs chased dogs across the stone", "Bridges and dogs.", "")
    assert found == [
        (0, "dogs", "dog"), (0, "stone", "stone"), (1, "bridges", "bridge"), (1, "dogs", "dog"),
    ]  # fmt: skip


@pytest.mark.models
def test_no_sentence_has_no_phrase(tagger):
    assert phrases_in(tagger) == []

"""The quick way to Punkt's sentences gives Punkt's sentences."""

import random

import pytest
from nltk.tokenize.punkt import PunktParameters, PunktSentenceTokenizer

from realsyn_lib.sentences.ends import PunktEnds

WORDS = """Dr Mr p.m U.S e.g i.e a J K 12 3.5 2008 1,000 word Word the The St etc No vs I in of and Jan He
co-op x-ray é Über 日本 ß İ ǅ ٣ º A.B"""
MARKS = """. . . . .. ... ? ! ?! " ' \u201d \u2019 » « ) ( ] [ } { -- - , ; : % @ # * `"""
PIECES = (*WORDS.split(), *MARKS.split())


def punkt_of(parameters: PunktParameters) -> PunktSentenceTokenizer:
    tokenizer = PunktSentenceTokenizer()
    tokenizer._params = parameters
    return tokenizer


def few_rules() -> PunktParameters:
    """Tables of a few entries, one of each kind that a decision can depend on."""
    parameters = PunktParameters()
    parameters.abbrev_types.update({"dr", "mr", "e.g", "i.e", "p.m", "st", "x-ray", "etc"})
    parameters.collocations.update({("word", "the"), ("##number##", "jan"), ("j", "k")})
    parameters.sent_starters.update({"he", "in", "the"})
    parameters.ortho_context.update({"the": 46, "he": 4, "word": 40, "in": 32, "k": 2})
    return parameters


def slow(punkt: PunktSentenceTokenizer, line: str) -> list[str]:
    return [found for part in punkt.tokenize(line) if (found := part.strip())]


def assert_equal(punkt: PunktSentenceTokenizer, seed: int, lines: int) -> None:
    rng, ends = random.Random(seed), PunktEnds(punkt)
    for _ in range(lines):
        joints = rng.choices(("", " ", "  "), (5, 4, 1), k=14)
        line = "".join(rng.choice(PIECES) + joint for joint in joints[: rng.randint(1, 14)]).strip()
        assert ends.sentences(line) == slow(punkt, line), line


@pytest.mark.parametrize(
    "parameters", [PunktParameters(), few_rules()], ids=["no table", "few rules"]
)
def test_random_lines_of_what_the_rules_look_at_are_split_as_punkt_splits_them(parameters):
    assert_equal(punkt_of(parameters), seed=1, lines=5_000)


@pytest.mark.models
def test_so_they_are_with_the_english_tables(punkt):
    assert_equal(punkt._punkt, seed=2, lines=5_000)


def test_plain_ends_are_found_without_asking_punkt():
    punkt = punkt_of(few_rules())
    punkt.text_contains_sentbreak = lambda _context: pytest.fail("Punkt was asked")
    line = '"It rains." We go out! Why? It rains?! (All day.) Word of it spread.'
    assert PunktEnds(punkt).sentences(line) == [
        '"It rains."', "We go out!", "Why?", "It rains?!", "(All day.)", "Word of it spread.",
    ]  # fmt: skip


def test_where_a_rule_may_take_an_end_back_punkt_is_asked_once():
    punkt, asked = punkt_of(few_rules()), []
    decide = punkt.text_contains_sentbreak
    punkt.text_contains_sentbreak = lambda context: asked.append(context) or decide(context)
    line = "See Dr. Smith. See Dr. Smith. A word. The end. J. K. left."
    ends = PunktEnds(punkt)
    assert ends.sentences(line) == slow(punkt_of(few_rules()), line)
    assert sorted(set(asked)) == sorted(asked) == ["Dr. Smith.", "J. K.", "K. left.", "word. The"]

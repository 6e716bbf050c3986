"""The parser against labelled_sentences.tsv: what a person reads in 242 sentences.

The sentences were written for this set (`own`) or taken from the State of the Union messages (`sotu`)
and Moby-Dick (`moby`), and labelled by reading, before any parser had seen them; labels were not
changed afterwards. The complexity of a noun is the number of
- adjectives, numbers, participles and nouns (compounds, possessors) that describe it, and clauses behind it;
- relations: the verb or form of be whose subject or object it is, the preposition it depends on, each
  prepositional phrase that belongs to it (one that belongs to the verb does not count).
Pronouns, articles and possessive pronouns count as nothing; of coordinated nouns the first has the verb.
A sentence's is that of its richest noun. It has an action where a verb other than be, have, do and the
modals has a noun or pronoun that takes part; a participle before its noun describes and is none.
"""

import csv
from pathlib import Path

import numpy as np
import pytest

LABELLED = Path(__file__).with_name("labelled_sentences.tsv")


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    with LABELLED.open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def test_the_set_is_large_and_varied(rows):
    assert len({row["sentence"] for row in rows}) == len(rows) >= 200
    assert {row["complexity"] for row in rows} == set("01234")
    assert 0.4 < np.mean([row["has_action"] == "1" for row in rows]) < 0.7


@pytest.mark.models
def test_the_light_parser_agrees_with_a_reader(rows, light_parser):
    parses = light_parser.parse([row["sentence"] for row in rows])
    complexity = np.array([int(row["complexity"]) for row in rows])
    action = np.array([row["has_action"] == "1" for row in rows])
    agreement = {
        "complexity of at least 1": np.mean((complexity >= 1) == (parses.complexity >= 1)),
        "action": np.mean(action == parses.has_action),
        "exact complexity": np.mean(complexity == parses.complexity),
        "correlation": np.corrcoef(complexity, parses.complexity)[0, 1],
    }
    print("\n".join(f"{name} {figure:.3f}" for name, figure in agreement.items()))
    assert agreement["complexity of at least 1"] > 0.96
    assert agreement["action"] > 0.88
    assert agreement["exact complexity"] > 0.80
    assert agreement["correlation"] > 0.86

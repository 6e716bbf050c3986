import numpy as np
import pytest

from udfs.models.language_model import load_language_model

pytestmark = pytest.mark.models

REFERENCES = {
    "A dog sitting next to a door.": 93.6,
    "The derby had been played 54 times and the Blues have dominated the Spurs.": 113.0,
    "To be or not to be, that is the question.": 14.4,
}


@pytest.fixture(scope="module")
def scorer(models):
    return load_language_model(models, "smollm2-135m")


def test_perplexities_are_those_of_an_independent_implementation(scorer):
    """The figures were measured in plain numpy from the same GGUF."""
    found = scorer.perplexities(list(REFERENCES))
    assert found == pytest.approx(list(REFERENCES.values()), rel=0.005)


def test_a_perplexity_does_not_depend_on_its_neighbours(scorer):
    text = "A dog sitting next to a door."
    others = ["It rained for an hour in the old town.", "Rain.", "word " * 70] * 3
    alone, among = scorer.perplexities([text])[0], scorer.perplexities([*others, text])[-1]
    assert alone == among


def test_scrambled_words_surprise_more_than_their_sentence(scorer):
    plain, scrambled = scorer.perplexities(
        ["The boat left the harbour in the morning.", "morning the left in boat harbour The the."]
    )
    assert scrambled > 10 * plain


def test_an_empty_text_has_no_perplexity_and_moves_no_other(scorer):
    found = scorer.perplexities(["", "A dog sitting next to a door."])
    assert np.isnan(found[0])
    assert found[1] == pytest.approx(93.6, rel=0.005)


def test_a_long_text_is_judged_by_its_beginning(scorer):
    text = "the cat and the dog and " * 50
    two = scorer.perplexities([text, text + "zebra quartz jumble " * 50])
    assert two[0] == two[1]


def test_a_control_word_in_a_text_is_plain_text(scorer):
    assert len(scorer._tokenizer.encode("<|endoftext|>").ids) > 1


def test_no_texts_give_no_figures(scorer):
    assert scorer.perplexities([]).shape == (0,)

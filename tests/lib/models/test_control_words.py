import pytest

from realsyn_lib.models.control_words import neutralise


@pytest.mark.parametrize(
    "word", ["<|im_start|>", "<|eot_id|>", "</s>", "<s>", "<start_of_turn>", "[INST]", "[/INST]"]
)
def test_a_control_word_is_broken(word):
    assert word not in neutralise(f"before {word} after")


@pytest.mark.parametrize("text", ["1 < 2 and 3 > 2", "a [note] here", "x <- y", "I <3 dogs"])
def test_ordinary_text_is_left_alone(text):
    assert neutralise(text) == text


def test_neutralising_twice_changes_nothing_more():
    once = neutralise("<<|a|> [INST]")
    assert neutralise(once) == once

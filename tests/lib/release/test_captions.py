from collections import Counter

import pytest

from realsyn_lib.release.captions import caption_of

TEXTS = ("one", "two", "three", "made")


@pytest.mark.parametrize(
    ("choice", "caption"),
    [("text1", "one"), ("text2", "two"), ("text3", "three"), ("syn_text", "made")],
)
def test_a_column_gives_its_text(choice, caption):
    assert caption_of(TEXTS, choice, 5) == caption


def test_any_gives_each_text_as_often_and_the_same_image_the_same():
    counts = Counter(caption_of(TEXTS, "any", rank) for rank in range(-400, 400))
    assert counts == dict.fromkeys(TEXTS, 200)


def test_any_passes_over_texts_that_are_not_there():
    found = {caption_of(("one", None, None, "made"), "any", rank) for rank in range(10)}
    assert found == {"one", "made"}


def test_where_the_column_is_null_the_first_text_stands_in():
    assert caption_of((None, "two", None, None), "text3", 1) == "two"
    assert caption_of(("", "two", None, None), "text1", 1) == ""
    assert caption_of((None, None, None, None), "any", 1) == ""

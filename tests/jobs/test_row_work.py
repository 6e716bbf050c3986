"""What is new, changed, gone or moved between two runs, on a few rows."""

import pytest

from jobs.filter_sentences import BASIS
from jobs.row_work import RowWork, carried, differences
from realsyn_lib.tables import IMAGES, SENTENCES
from tests.frames import frame, rows_of

pytestmark = [pytest.mark.wide, pytest.mark.spark]

NAMES = ("image_id", "content_id", "url", "alt_text", "occurrence_count")
THEN = [(1, 10, "a", None, 1), (2, 20, "b", "bee", 1), (3, 30, "c", None, 1), (4, 40, "d", None, 1)]
NOW = [(1, 10, "a", None, 1), (2, 20, "b", None, 3), (3, 33, "c", None, 1), (5, 50, "e", "eel", 1)]


def work(basis: tuple[str, ...], told: tuple[str, ...] = ()) -> RowWork:
    """Only what a comparison looks at."""
    return RowWork(NotImplemented, NotImplemented, basis, NotImplemented, told)


def images(spark, rows):
    return frame(spark, IMAGES, [{"bucket": 0, **dict(zip(NAMES, row))} for row in rows])


def test_a_row_that_stays_is_not_listed_and_every_other_says_what_became_of_it(spark):
    told = ("alt_text", "occurrence_count")
    now, then = images(spark, NOW).select(*NAMES), images(spark, THEN)
    listed = differences(now, then, "image_id", work(("content_id", "url"), told))
    assert rows_of(listed, *NAMES, "change") == [
        (2, 20, "b", None, 3, "moved"),
        (3, 33, "c", None, 1, "changed"),
        (4, None, None, None, None, "gone"),
        (5, 50, "e", "eel", 1, "new"),
    ]
    left = carried(then, listed, "image_id", told)
    assert rows_of(left, *NAMES) == [(1, 10, "a", None, 1), (2, 20, "b", None, 3)]


def test_where_a_row_occurs_counts_only_for_tables_that_tell_it(spark):
    now, then = images(spark, NOW[:2]), images(spark, THEN[:2])
    assert rows_of(differences(now, then, "image_id", work(("content_id",))), "image_id") == []


def test_an_alt_text_that_came_or_went_has_moved_even_an_empty_one(spark):
    told = ("alt_text",)
    here, there = images(spark, [(1, 1, "a", None, 1)]), images(spark, [(1, 1, "a", "", 1)])
    for now, then in ((here, there), (there, here)):
        listed = differences(now, then, "image_id", work(("content_id",), told))
        assert rows_of(listed, "image_id", "change") == [(1, "moved")]


def test_a_sentence_is_judged_again_where_its_text_or_its_clash_is_another(spark):
    def sentences(*rows):
        names = ("sentence_id", "text", "drop_reason")
        return frame(spark, SENTENCES, [dict(zip(names, row)) for row in rows])

    then = sentences((1, "a", "no_action"), (2, "b", "id_collision"), (3, "c", None),
                     (4, "d", None), (5, "e", "id_collision"))  # fmt: skip
    now = sentences((1, "a", None), (2, "b", None), (3, "c", "id_collision"), (4, "D", None),
                    (5, "e", "id_collision"))  # fmt: skip
    listed = differences(now, then, "sentence_id", work(BASIS))
    assert rows_of(listed, "sentence_id", "change") == [
        (2, "changed"),
        (3, "changed"),
        (4, "changed"),
    ]

"""Sentences -> tags, on a few sentences and on the demo's."""

import pytest

from jobs.mine_tags import counted, most_frequent, most_seen, unknown
from jobs.model_digests import model_folder_of
from tests.frames import rows_of

pytestmark = [pytest.mark.wide, pytest.mark.spark, pytest.mark.models]

SENTENCES = [
    (1, "A dog is under the red bridge."),
    (1, "The dogs were near the bridge."),
    (2, "Two dogs were in the river."),
    (3, "A ferry is on the river."),
    (3, "The ferries are white."),
]


def sentences(spark, partitions: int = 1):
    return spark.createDataFrame(SENTENCES, "document_id bigint, text string").repartition(
        partitions
    )


@pytest.fixture(scope="module")
def phrases(spark, models):
    return counted(sentences(spark), model_folder_of("light"), 1).cache()


def test_documents_are_counted_once_for_singular_and_plural_together(phrases):
    assert rows_of(phrases, "tag", "documents") == [
        ("bridge", 1), ("dog", 2), ("ferry", 1), ("red bridge", 1), ("river", 2),
    ]  # fmt: skip


def test_only_a_phrase_whose_singular_never_occurs_stays_plural(spark, models):
    rows = spark.createDataFrame(
        [(1, "The wolves howl at night.")], "document_id bigint, text string"
    )
    found = counted(rows, model_folder_of("light"), 1)
    assert rows_of(found, "key", "tag") == [("wolf", "wolves")]


def test_what_the_tagger_knows_is_left_out_in_both_numbers(spark, phrases):
    known = spark.createDataFrame([("dog",), ("red bridge",), ("ferries",)], "known string")
    left = unknown(phrases, known)
    assert rows_of(left, "tag") == [("bridge",), ("ferry",), ("river",)]


def test_the_rarer_and_of_equals_the_later_in_the_alphabet_fall_away(phrases):
    tags = [row.tag for row in most_frequent(phrases, 3).collect()]
    assert tags == ["dog", "river", "bridge"]


def test_what_stands_out_comes_first_then_what_is_frequent(spark):
    rows = [("a", "a", 9, 0.1), ("b", "b", 1, 0.3), ("c", "c", 5, 0.3), ("d", "d", 5, 0.3)]
    schema = "key string, tag string, documents bigint, standing_out double"
    best = most_seen(spark.createDataFrame(rows, schema), 3).collect()
    assert [row.tag for row in best] == ["c", "d", "b"]


def test_the_counts_do_not_depend_on_how_sentences_are_dealt_out(spark, phrases):
    dealt = counted(sentences(spark, 5), model_folder_of("light"), 1)
    assert rows_of(dealt, "key", "tag", "documents") == rows_of(phrases, "key", "tag", "documents")

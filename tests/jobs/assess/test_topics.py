"""Topics: those that the texts were made of, and the same at any partitioning."""

import random

import numpy as np
import pytest

from jobs.assess.topic_tables import map_rows, topic_rows
from jobs.assess.topics import TopicSettings, content_words, fitted_topics, most_frequent

pytestmark = [pytest.mark.wide, pytest.mark.spark]

SUBJECTS = {
    "animals": ["cow", "pig", "horse", "goat", "sheep", "barn", "farm", "meadow"],
    "food": ["bread", "cheese", "soup", "salad", "pepper", "onion", "kitchen", "plate"],
    "cars": ["engine", "wheel", "brake", "road", "garage", "motor", "driver", "fuel"],
}
SETTINGS = TopicSettings(topics=3, vocabulary=100, iterations=20, seed=1)


@pytest.fixture(scope="module")
def texts(spark):
    """Ninety texts, thirty a subject, in rising order of their ids."""
    draw = random.Random(3)
    rows = [
        ("", number, "The photo with " + " and ".join(draw.choices(words, k=7)))
        for number, (_, words) in enumerate(sorted(SUBJECTS.items()) * 30)
    ]
    return spark.createDataFrame(rows, "source string, image_id bigint, text string").persist()


def fit(spark, texts):
    """Return the rows of topics and topic_points, and each text's main topic."""
    with fitted_topics(texts, 90, SETTINGS) as fitted:
        rows = fitted.weights.collect()
        main = {row.image_id: int(np.argmax(row.weights)) for row in rows}
        topics = [
            row.asDict() for row in topic_rows(spark, fitted, "").orderBy("topic_id").collect()
        ]
        points = map_rows(spark, fitted, 50, 1).orderBy("image_id").collect()
        return topics, [tuple(point) for point in points], main


@pytest.fixture(scope="module")
def fitted(spark, texts):
    return fit(spark, texts.coalesce(1))


def test_the_topics_are_the_subjects_that_the_texts_were_made_of(fitted):
    topics, _, main = fitted
    of_subject = {frozenset(words) for words in SUBJECTS.values()}
    assert {frozenset(topic["words"]) for topic in topics} == of_subject
    assert [topic["text_count"] for topic in topics] == [30, 30, 30]
    assert sum(topic["share"] for topic in topics) == pytest.approx(1.0)
    assert all(len({main[number] for number in range(place, 90, 3)}) == 1 for place in range(3))


def test_words_come_by_their_probability(fitted):
    for topic in fitted[0]:
        assert topic["word_weights"] == sorted(topic["word_weights"], reverse=True)
        assert 0 < sum(topic["word_weights"]) <= 1


def test_rows_in_seven_partitions_in_another_order_give_the_same(spark, texts, fitted):
    topics, points, main = fit(spark, texts.orderBy(texts.image_id.desc()).repartition(7))
    assert points == fitted[1] and main == fitted[2]
    assert [topic["words"] for topic in topics] == [topic["words"] for topic in fitted[0]]
    for here, there in zip(topics, fitted[0], strict=True):
        assert here["share"] == pytest.approx(there["share"], rel=1e-9)


def test_a_map_has_as_many_texts_as_wanted_each_inside_its_square(fitted):
    _, points, main = fitted
    assert len(points) == 50 == len({point[1] for point in points})
    for _, image_id, topic_id, weight, x, y in points:
        assert topic_id == main[image_id] and 0 < weight <= 1
        assert -1 <= x <= 1 and -1 <= y <= 1


def test_stop_words_words_of_most_texts_and_words_of_one_text_make_no_topic(spark):
    lines = ["the cow and photo", "The COW cows photo 1999", "a pig photo ox", "pig photo ox"]
    rows = spark.createDataFrame([("", n, line) for n, line in enumerate(lines)],
                                 "source string, image_id bigint, text string")  # fmt: skip
    words = rows.select("source", "image_id", content_words().alias("words"))
    # photo is in all; cows is in one; ox has two letters; the and and are stop words
    assert most_frequent(words, 4, 10) == ["cow", "pig"]
    assert most_frequent(words, 4, 1) == ["cow"]


def test_too_few_texts_have_no_topics_and_no_map(spark, texts):
    with fitted_topics(texts.limit(19), 19, SETTINGS) as none:
        assert none is None
    assert topic_rows(spark, None, "").count() == 0
    assert map_rows(spark, None, 50, 1).count() == 0

"""How often one sentence is used: at most so often, by the images nearest to it."""

import numpy as np
import pytest

from jobs.retrieval.uses import with_few_uses

pytestmark = [pytest.mark.wide, pytest.mark.spark]


def found(spark, *rows):
    """(image_id, [(sentence_id, cosine), ...]) best first."""
    flat = [(image, place + 1, sentence, cosine)
            for image, own in rows for place, (sentence, cosine) in enumerate(own)]  # fmt: skip
    return spark.createDataFrame(
        flat, "image_id bigint, rank int, sentence_id bigint, cosine double"
    )


def told(rows):
    return [tuple(row) for row in rows.orderBy("image_id", "rank").collect()]


def test_the_nearest_images_keep_a_sentence_and_others_get_their_next_best(spark):
    rows = found(
        spark, (1, [(10, 0.9), (11, 0.5)]), (2, [(10, 0.8), (12, 0.4)]), (3, [(10, 0.7), (13, 0.3)])
    )
    assert told(with_few_uses(rows, top_k=1, max_uses=2)) == [
        (1, 1, 10, 0.9), (2, 1, 10, 0.8), (3, 1, 13, 0.3),
    ]  # fmt: skip


def test_a_further_sentence_that_is_used_up_is_not_given(spark):
    rows = found(spark, (1, [(10, 0.9), (11, 0.8)]), (2, [(10, 0.8), (11, 0.7)]), (3, [(11, 0.6)]))
    assert told(with_few_uses(rows, top_k=1, max_uses=1)) == [(1, 1, 10, 0.9), (3, 1, 11, 0.6)]


def test_of_equal_cosines_the_smaller_image_keeps_it_and_no_limit_changes_nothing(spark):
    rows = found(spark, (7, [(10, 0.5), (11, 0.4)]), (4, [(10, 0.5), (11, 0.4)]))
    assert told(with_few_uses(rows, top_k=1, max_uses=1)) == [(4, 1, 10, 0.5), (7, 1, 11, 0.4)]
    assert told(with_few_uses(rows, top_k=1, max_uses=9)) == [(4, 1, 10, 0.5), (7, 1, 10, 0.5)]


@pytest.mark.parametrize("max_uses", [1, 3, 10])
def test_no_sentence_is_used_more_often_and_every_image_keeps_its_order(spark, max_uses):
    generator = np.random.default_rng(max_uses)
    rows = []
    for image in range(60):
        sentences = generator.permutation(25)[:6].tolist()
        cosines = np.sort(generator.random(6))[::-1].tolist()
        rows.append((image, list(zip(sentences, cosines, strict=True))))
    kept = told(with_few_uses(found(spark, *rows), top_k=3, max_uses=max_uses))
    uses = np.bincount([sentence for _, _, sentence, _ in kept])
    assert uses.max() <= max_uses
    for image, own in rows:
        mine = [(rank, sentence, cosine) for i, rank, sentence, cosine in kept if i == image]
        assert [rank for rank, _, _ in mine] == list(range(1, len(mine) + 1))
        assert len(mine) <= 3
        places = [own.index((sentence, cosine)) for _, sentence, cosine in mine]
        assert places == sorted(places)
    if max_uses == 1:
        assert len(kept) == 25  # as many as there are sentences, all of which are wanted

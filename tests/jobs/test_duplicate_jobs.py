"""Near pairs, and the proof of keys, on a handful of hashes and texts."""

import pytest

from jobs.accounting import count_outcomes, count_unique
from jobs.dedup_sentences import banded, equal_texts, near_texts
from jobs.equal_keys import equal_keys
from jobs.near_hashes import near_hashes, write_hashes
from realsyn_lib.dedup.minhash import banding_for
from realsyn_lib.errors import ContractError
from realsyn_lib.tables import IMAGES, SENTENCE_CENTROIDS, SENTENCES
from tests.frames import frame, rows_of

pytestmark = pytest.mark.spark

OLD_LINE = (
    "the last train to the coast leaves at ten in the evening and stops at every small station"
)


def test_images_of_equal_bytes_are_joined_to_the_smallest_id(spark):
    rows = [{"image_id": number, "content_id": content} for number, content in
            [(5, 1), (3, 1), (9, 1), (4, 2)]]  # fmt: skip
    assert rows_of(
        equal_keys(frame(spark, IMAGES, rows), "image_id", "content_id"), "src", "dst"
    ) == [(5, 3), (9, 3)]


@pytest.mark.parametrize("block_bytes", [2**20, 64])
def test_hashes_join_up_to_the_distance_and_not_beyond(spark, tmp_path, block_bytes):
    base = 0x0F0F_3C3C_5A5A_0FF0
    six, seven = base ^ 0b111111, base ^ (0b1111111 << 50)
    hashes = [(1, base), (2, base), (3, six), (4, seven), (5, -1)]
    images = frame(spark, IMAGES, [{"image_id": n, "phash": phash} for n, phash in hashes])
    assert rows_of(equal_keys(images, "image_id", "phash"), "src", "dst") == [(2, 1)]
    files = write_hashes(images, str(tmp_path))
    assert sum(file.row_count for file in files) == 4
    near = near_hashes(spark, files, 6, block_bytes, tasks=3)
    assert rows_of(near, "src", "dst") == [(3, 1)]


def sentences(spark, *texts: str):
    return frame(spark, SENTENCES, [{"sentence_id": n, "text": t} for n, t in enumerate(texts, 1)])


def test_sentences_that_differ_in_case_and_punctuation_are_joined(spark):
    found = equal_texts(
        sentences(spark, "The dog, he barks!", "the dog he barks", "The dog barks.")
    )
    assert rows_of(found, "src", "dst") == [(2, 1)]


def test_a_changed_word_of_many_joins_and_a_changed_half_does_not(spark):
    one_word = OLD_LINE.replace("ten", "eleven")
    half = "the last train to the coast " + "was full of sheep and nobody could say why they came"
    rows = banded(sentences(spark, OLD_LINE, one_word, half), banding_for(0.7, 0.97, seed=1))
    assert rows_of(near_texts(rows, 0.7), "src", "dst") == [(1, 2)]


def test_a_key_that_occurs_twice_is_named(spark):
    rows = frame(spark, SENTENCE_CENTROIDS, [{"cluster_id": n} for n in (1, 2, 2)])
    with pytest.raises(ContractError, match=r"key \(cluster_id 2\) occurs 2 times"):
        count_unique(rows, SENTENCE_CENTROIDS, "cluster_sentences")
    counted = count_unique(rows.distinct(), SENTENCE_CENTROIDS, "cluster_sentences")
    assert counted == {None: 2}


def test_rows_are_counted_by_reason_where_their_keys_are_proven(spark):
    reasons = {1: None, 2: None, 3: "too_small", 4: "truncated", 5: "too_small"}
    images = [{"image_id": key, "drop_reason": reason} for key, reason in reasons.items()]
    expected = {None: 2, "too_small": 2, "truncated": 1}
    assert count_unique(frame(spark, IMAGES, images), IMAGES, "filter_images") == expected
    assert count_outcomes(frame(spark, IMAGES, images), IMAGES) == expected
    images.append({"image_id": 2, "drop_reason": "too_small"})
    with pytest.raises(ContractError, match=r"key \(image_id 2\) occurs 2 times"):
        count_unique(frame(spark, IMAGES, images), IMAGES, "filter_images")

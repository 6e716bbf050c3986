"""Near pairs, and the proof of keys, on a handful of hashes and texts."""

import numpy as np
import pyarrow as pa
import pytest

from jobs.accounting import count_outcomes, count_unique
from jobs.dedup.equal_keys import equal_keys
from jobs.dedup.kept_hashes import Reach, alike, hash_edges
from jobs.dedup.near_hashes import hash_search, near_and_far_hashes, near_hashes, write_hashes
from jobs.dedup.near_texts import TextSearch, near_texts
from jobs.dedup.witness import confirmed
from realsyn_lib.dedup.minhash import banding_for
from realsyn_lib.dedup.near_texts import NearTextRules
from realsyn_lib.dedup.near_texts import near_texts as near_texts_of_batch
from realsyn_lib.errors import ContractError
from realsyn_lib.tables import IMAGES, SENTENCE_CENTROIDS
from tests.frames import frame, rows_of, vector
from tests.jobs.scratch_stage import ScratchStage

pytestmark = [pytest.mark.wide, pytest.mark.spark]

EDGE = "src bigint, dst bigint"

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
    near = near_hashes(spark, hash_search(files, 6, block_bytes), tasks=3)
    assert rows_of(near, "src", "dst") == [(3, 1)]


@pytest.mark.parametrize("block_bytes", [2**20, 400])
def test_near_texts_are_those_of_one_batch_at_any_partitioning(spark, block_bytes):
    words = np.random.default_rng(2).choice([f"w{n}" for n in range(90)], (60, 15))
    texts = [" ".join(row) for row in words] + [" ".join(["x", *row[1:]]) for row in words]
    texts += ["The dog, he barks!", "the dog he barks", "The dog barks.", "?!", OLD_LINE]
    texts += [OLD_LINE.replace("ten", "eleven"), "the last train to the coast was full of sheep"]
    rules = NearTextRules(0.65, 2, banding_for(0.6, 0.97))
    expected = near_texts_of_batch(pa.array(texts), rules).tolist()
    assert len(expected) >= 60
    assert [120, 121] in expected
    assert [124, 125] in expected
    rows = [(number, text) for number, text in enumerate(texts)]
    for partitions in (1, 5):
        frame = spark.createDataFrame(rows, "id bigint, text string").repartition(partitions)
        found = near_texts(frame, TextSearch(rules, len(rows), block_bytes, tasks=3))
        assert sorted(map(list, rows_of(found, "src", "dst"))) == expected


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


def test_flat_pictures_join_by_their_bytes_and_not_by_their_hash(spark):
    rows = [
        {"image_id": number, "content_id": content, "phash": 7, "luma_std": deviation}
        for number, content, deviation in
        [(1, 10, 0.0), (2, 20, 2.9), (3, 20, 2.9), (4, 40, 3.0), (5, 50, 80.0)]
    ]  # fmt: skip
    images = frame(spark, IMAGES, rows)
    same = alike(images, images.where("luma_std >= 3.0"))
    assert rows_of(same, "src", "dst") == [(3, 2), (5, 4)]


def test_pairs_beyond_the_safe_distance_are_named_one_by_one(spark, tmp_path):
    base = 0x0F0F_3C3C_5A5A_0FF0
    four, nine = base ^ 0b1111, base ^ (0x1FF << 40)
    hashes = [(1, base), (2, four), (3, nine), (4, ~base)]
    images = frame(spark, IMAGES, [{"image_id": n, "phash": phash} for n, phash in hashes])
    files = write_hashes(images, str(tmp_path))
    found = near_and_far_hashes(spark, hash_search(files, 10, 2**20), 6, tasks=2)
    near, far = (rows_of(found.where(f"is_far = {far}"), "src", "dst") for far in (False, True))
    assert near == [(2, 1)]
    assert {frozenset(pair) for pair in far} == {frozenset({1, 3})}


def test_a_far_pair_is_confirmed_by_vectors_that_agree(spark):
    pairs = spark.createDataFrame([(2, 1), (3, 1), (4, 1)], EDGE)
    vectors = [(1, vector(1, 0)), (2, vector(1, 0.4)), (3, vector(1, 0.6))]
    stored = spark.createDataFrame(vectors, "id bigint, embedding binary")
    assert rows_of(confirmed(pairs, stored, 0.1), "src", "dst") == [(2, 1)]


@pytest.mark.parametrize(
    ("distance", "wanted"), [(6, [(2, 1)]), (4, [(2, 1)]), (10, [(2, 1), (3, 1)])]
)
def test_hashes_beyond_the_safe_distance_join_only_with_vectors(spark, tmp_path, distance, wanted):
    """Ids 3 and 4 are nine bits from 1; the vector of 3 agrees with that of 1."""
    base = 0x0F0F_3C3C_5A5A_0FF0
    hashes = {1: base, 2: base ^ 0b1111, 3: base ^ (0x1FF << 40), 4: base ^ (0x1FF << 20)}
    images = [{"image_id": n, "phash": phash} for n, phash in hashes.items()]
    files = write_hashes(frame(spark, IMAGES, images), str(tmp_path / "hashes"))
    vectors = [(1, vector(1, 0)), (2, vector(0, 1)), (3, vector(1, 0.4)), (4, vector(0, 1))]
    stage = ScratchStage(spark, tmp_path)
    stored = spark.createDataFrame(vectors, "id bigint, embedding binary")
    found = hash_edges(stage, hash_search(files, distance, 2**20), Reach(6, distance), stored)
    assert {frozenset(pair) for pair in rows_of(found, "src", "dst")} == set(map(frozenset, wanted))
    assert stage.made == (["near_hashes"] if distance > 6 else [])

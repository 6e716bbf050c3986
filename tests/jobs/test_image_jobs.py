"""Addresses -> bytes -> measured pictures -> vectors and descriptions, on a few small files."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from jobs.describe_images import transform as describe
from jobs.embed_images import transform as embed
from jobs.fetch_images import Fetching, addresses
from jobs.fetch_images import transform as fetch
from jobs.filter_images import occurrences
from jobs.filter_images import transform as measure
from realsyn_lib.fetch.rules import FetchRules
from realsyn_lib.ids import content_hash_id
from realsyn_lib.images.rules import ImageRules
from realsyn_lib.tables import IMAGE_BYTES, IMAGES, IMAGES_FOUND
from tests.frames import frame, rows_of
from tests.tiny_site import picture
from udfs.describe_images import DescribeRules
from udfs.guarded_decode import ChildLimits
from udfs.worker_models import ModelUse

pytestmark = pytest.mark.spark

SAMPLES = Path(__file__).parents[2] / "samples" / "pages"
LIMITS = ChildLimits(20.0, 2**31, 2**26)
MAX_PIXELS = 10**7
FETCH = FetchRules(
    deadline_s=5.0, max_body_bytes=10**6, max_redirects=1, retries=0, backoff_s=0.0,
    user_agent="test", allow_hosts=(), max_batch_bytes=2**26,
)  # fmt: skip


def found(number: int, url: str, document: int = 1, position: int = 0, **more):
    place = {"document_id": document, "position": position, "raw_url": url}
    return {"image_id": number, "url": url, **place, **more}


def files(spark, tmp_path: Path):
    """A bird, a small picture, half a picture, and an address that brought nothing."""
    picture(tmp_path / "small.png", seed=1, side=60)
    bird = (SAMPLES / "animals/images/kingfisher.jpg").read_bytes()
    data = {1: bird, 2: (tmp_path / "small.png").read_bytes(), 3: bird[: len(bird) // 2]}
    rows = [
        {
            "bucket": 0,
            "image_id": number,
            "url": f"{number}.jpg",
            "content_id": number,
            "bytes": body,
        }
        for number, body in data.items()
    ]
    missing = {"bucket": 0, "image_id": 4, "url": "4.jpg", "drop_reason": "not_found"}
    return frame(spark, IMAGE_BYTES, [*rows, missing])


def test_an_address_is_asked_once_and_two_under_one_id_are_told_apart(spark):
    rows = [found(1, "a.jpg"), found(1, "a.jpg", 2), found(5, "x.jpg"), found(5, "y.jpg"),
            {"document_id": 1, "position": 9, "raw_url": "?", "drop_reason": "bad_url"}]  # fmt: skip
    wanted = addresses(frame(spark, IMAGES_FOUND, rows))
    assert rows_of(wanted, "image_id", "url", "other_url", "own_url") == [
        (1, "a.jpg", "a.jpg", None),
        (5, "x.jpg", "y.jpg", None),
    ]


def test_of_several_places_of_an_image_the_smallest_is_read(spark):
    rows = [found(1, "http://x/a.jpg", n, stored_at=place)
            for n, place in enumerate([None, "b.tar?1", "a.tar?2"])]  # fmt: skip
    wanted = addresses(frame(spark, IMAGES_FOUND, rows))
    columns = ("image_id", "url", "other_url", "own_url")
    assert rows_of(wanted, *columns) == [(1, "a.tar?2", "a.tar?2", "http://x/a.jpg")]


def test_digests_that_documents_state_stand_beside_the_address(spark):
    rows = [found(1, "a.jpg", 1, stated_sha256="aa"), found(1, "a.jpg", 2),
            found(2, "b.jpg", 1, stated_sha256="cc"), found(2, "b.jpg", 2, stated_sha256="bb"),
            found(3, "c.jpg")]  # fmt: skip
    wanted = addresses(frame(spark, IMAGES_FOUND, rows))
    assert rows_of(wanted, "image_id", "stated_sha256") == [(1, "aa"), (2, "bb cc"), (3, None)]


def test_files_are_read_missing_or_refused_and_a_collision_is_not_fetched(spark, tmp_path):
    picture(tmp_path / "a.png", seed=1)
    data = (tmp_path / "a.png").read_bytes()
    (tmp_path / "b.png").write_bytes(b"opted out")
    rows = [
        (1, "a.png", "a.png", None, hashlib.sha256(data).hexdigest()),
        (2, "b.png", "b.png", "http://example.com/b", None),
        (3, "none.png", "none.png", None, None),
        (4, "x", "y", None, None),
        (5, "a.png", "a.png", None, "0" * 64),
    ]
    columns = "image_id bigint, url string, other_url string, own_url string, stated_sha256 string"
    wanted = spark.createDataFrame(rows, columns)
    opted_out = frozenset([hashlib.sha256(b"opted out").hexdigest()])
    fetched = fetch(wanted, Fetching(FETCH, (str(tmp_path),), opted_out, tasks=2))
    assert rows_of(fetched, "image_id", "size_bytes", "content_id", "drop_reason") == [
        (1, len(data), content_hash_id(data), None),
        (2, None, None, "opt_out"),
        (3, None, None, "not_found"),
        (4, None, None, "id_collision"),
        (5, len(data), None, "hash_mismatch"),
    ]
    kept = {row.image_id: (row.url, row.bytes) for row in fetched.collect()}
    assert (kept[1], kept[2]) == (("a.png", data), ("http://example.com/b", None))


def test_the_smallest_place_stands_for_all_occurrences_of_an_image(spark):
    rows = [found(1, "a", 9, 0, alt_text="late"), found(1, "a", 2, 5, alt_text="early"),
            found(1, "a", 2, 7), found(2, "b", 3, 1),
            found(2, "b", 1, 1, drop_reason="too_small")]  # fmt: skip
    columns = ("image_id", "document_id", "position", "alt_text", "occurrence_count")
    assert rows_of(occurrences(frame(spark, IMAGES_FOUND, rows)), *columns) == [
        (1, 2, 5, "early", 3),
        (2, 3, 1, None, 1),
    ]


def test_pictures_are_measured_and_judged_and_what_was_not_fetched_is_left_out(spark, tmp_path):
    places = occurrences(frame(spark, IMAGES_FOUND, [found(n, f"{n}.jpg") for n in (1, 2, 3, 4)]))
    rules = ImageRules(min_side_px=100, max_aspect_ratio=3.0, max_pixels=MAX_PIXELS)
    measured = measure(places, files(spark, tmp_path), rules, LIMITS)
    columns = ("image_id", "width_px", "height_px", "format", "drop_reason")
    rows = rows_of(measured, *columns)
    assert [row[0] for row in rows] == [1, 2, 3]
    assert rows[1] == (2, 60, 70, "png", "too_small")
    assert [(row[3], row[4]) for row in rows] == [
        ("jpeg", None),
        ("png", "too_small"),
        ("jpeg", "truncated"),
    ]
    hashes = {row.image_id: row.phash for row in measured.collect()}
    assert hashes[1] is not None and hashes[2] is None
    unwanted = measure(places, files(spark, tmp_path), rules, LIMITS, frozenset([hashes[1]]))
    assert rows_of(unwanted, "image_id", "phash", "drop_reason")[0] == (1, None, "opt_out")


@pytest.mark.models
def test_only_the_wanted_pictures_are_embedded_and_a_broken_one_has_a_reason(
    spark, models, tmp_path
):
    wanted = frame(spark, IMAGES, [{"image_id": 1}, {"image_id": 3}])
    rows = embed(
        wanted, files(spark, tmp_path), ModelUse("bridge"), LIMITS, MAX_PIXELS, 2
    ).collect()
    found = {row.image_id: row for row in rows}
    assert set(found) == {1, 3}
    assert (found[3].embedding, found[3].feature, found[3].drop_reason) == (None, None, "truncated")
    for vector, width in ((found[1].embedding, 384), (found[1].feature, 1280)):
        numbers = np.frombuffer(vector, np.float16).astype(np.float64)
        assert numbers.shape == (width,)
        assert abs(np.linalg.norm(numbers) - 1) < 2e-3


@pytest.mark.models
def test_a_picture_of_a_polar_bear_is_said_to_be_one(spark, models):
    data = (SAMPLES / "animals/images/polar-bear.jpg").read_bytes()
    bytes_of = frame(spark, IMAGE_BYTES, [{"bucket": 0, "image_id": 1, "bytes": data}])
    rules = DescribeRules(max_tags=3, min_tag_score=0.2, max_pixels=MAX_PIXELS, rows=2)
    captioner, tagger = ModelUse("tags-sentence"), ModelUse("efficientnet-lite0")
    wanted = frame(spark, IMAGES, [{"image_id": 1}])
    (row,) = describe(wanted, bytes_of, captioner, tagger, rules, LIMITS).collect()
    assert (row.caption, row.tags) == ("A photo of an ice bear.", ["ice bear"])
    assert row.tag_scores[0] > 0.9

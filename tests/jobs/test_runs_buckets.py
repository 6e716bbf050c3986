"""Buckets change where rows lie, and what a kill costs; never what they say."""

import pytest

import jobs.fetch_images
from tests.equal_tables import assert_equal_warehouses
from tests.tiny_site import Killed, Tiny, kill

pytestmark = [pytest.mark.wide, pytest.mark.spark, pytest.mark.models]

BUCKETS = ("--set", "buckets.count=3")


def test_a_run_killed_in_its_second_filled_bucket_goes_on_there_and_ends_as_one_of_one_bucket(
    fresh: Tiny, finished_tiny: Tiny, monkeypatch
):
    whole, calls = jobs.fetch_images.transform, []
    first, second = sorted(id % 3 for (id,) in finished_tiny.rows("images", "image_id"))
    assert first != second

    def dies_in_the_second(*arguments):
        calls.append(1)
        return whole(*arguments) if len(calls) <= second else kill()

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(jobs.fetch_images, "transform", dies_in_the_second)
        fresh.run(*BUCKETS, last="fetch_images")
    assert fresh.writes("image_bytes") == 1
    assert fresh.run(*BUCKETS) == 0
    assert (fresh.writes("image_bytes"), fresh.writes("images")) == (2, 2)  # no rows, no commit
    assert {id % 3 for (id,) in fresh.rows("images", "image_id")} == {
        bucket for (bucket,) in fresh.rows("images", "bucket")
    }
    assert_equal_warehouses(finished_tiny.warehouse, fresh.warehouse)
    before = fresh.versions()
    assert fresh.run(*BUCKETS) == 0
    assert fresh.versions() == before


def test_another_number_of_buckets_for_a_later_stage_alone_is_refused(fresh: Tiny, capsys):
    assert fresh.run(last="fetch_images") == 0
    assert fresh.run(*BUCKETS, "--from", "filter_images") == 2
    line = capsys.readouterr().err
    assert (
        "buckets.count is 3, but image_bytes, which filter_images reads, was written in 1" in line
    )
    assert "set buckets.count=1, or run with --from fetch_images" in line
    assert not (fresh.warehouse / "images").exists()
    assert fresh.run() == 0

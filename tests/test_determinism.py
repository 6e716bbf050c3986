"""The same slice of pages gives equal tables, however its rows are dealt out and batched."""

from pathlib import Path

import pytest

from tests.equal_tables import assert_equal_warehouses, published
from tests.slices import copy_slice
from tests.tiny_site import realsyn

pytestmark = [pytest.mark.long, pytest.mark.spark, pytest.mark.models]

PAGES = (
    "animals/giraffes.html", "animals/kingfisher.html", "animals/pandas.html",
    "energy/linda-windmill.html", "farm/hens.html", "monuments/eiffel-tower.html",
    "monuments/pyramids.html", "space/launch.html", "planted/damaged.html",
    "planted/guestbook.html", "planted/retold-1.html", "planted/retold-2.html",
    "planted/size-chart.html", "planted/variants-1.html", "planted/variants-2.html",
)  # fmt: skip
CONTENT = ("generate.max_new_tokens=24", "clusters.sentences_per_centroid=20",
           "dedup_sentences.rows_per_cluster=40", "balance.images_per_centroid=4",
           "balance.tiers={few: {rows: 5}, all: {cap: 99}}")  # fmt: skip


def run(pages: Path, warehouse: Path, *speed: str) -> Path:
    """Run the whole line with settings that must not change what it makes."""
    settings = [part for setting in (*CONTENT, *speed) for part in ("--set", setting)]
    command = ["run", "--input", pages, "--format", "html", "--warehouse", warehouse]
    assert realsyn(*command, *settings) == 0
    return warehouse


def test_one_partition_and_seven_small_and_large_batches_one_bucket_and_two(
    spark, models, tmp_path
):
    pages = copy_slice(PAGES, tmp_path / "slice")
    one = run(
        pages, tmp_path / "one", "spark.shuffle_partitions=1", "resources.fetch_tasks=1",
        "resources.generator_tasks=1", "batch.arrow_rows=7", "batch.image_rows=3",
    )  # fmt: skip
    seven = run(
        pages, tmp_path / "seven", "spark.shuffle_partitions=7", "resources.fetch_tasks=5",
        "resources.generator_tasks=3", "batch.arrow_rows=1000", "batch.image_rows=5",
        "buckets.count=2",
    )  # fmt: skip
    assert len(published(one).runs) == 15
    assert_equal_warehouses(one, seven)

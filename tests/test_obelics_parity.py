"""Twelve bundled pages give the same images and sentences from HTML and packed as OBELICS."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from jobs.filter_sentences import distinct_sentences
from realsyn_lib.sentences.rules import SentenceRules
from realsyn_lib.tables import IMAGES, QUARANTINE, SENTENCES_FOUND
from tests.equal_tables import assert_equal_tables, published
from tests.frames import rows_of
from tests.slices import SAMPLES, copy_slice
from tests.tiny_site import QUICK, realsyn

pytestmark = [pytest.mark.wide, pytest.mark.spark, pytest.mark.models]

PARQUET = SAMPLES.parent / "obelics" / "train-00000-of-00001.parquet"
WRITTEN_BY_HTML_ALONE = ["alt_text"]  # OBELICS rows carry it in metadata, which differs by source


def run(source: Path, form: str, warehouse: Path, *more: str | Path) -> Path:
    command = ["run", "--input", source, "--format", form, "--warehouse", warehouse]
    assert realsyn(*command, "--to", "filter_images", *QUICK, *more) == 0
    return warehouse


@pytest.fixture(scope="module")
def from_html(spark, models, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("html")
    rows = pq.read_table(PARQUET)["general_metadata"].to_pylist()
    names = (json.loads(row)["url"] for row in rows)
    pages = copy_slice(tuple(name for name in names if (SAMPLES / name).exists()), folder / "pages")
    assert len(list(pages.rglob("*.html"))) == 12
    return run(pages, "html", folder / "warehouse")


@pytest.fixture(scope="module")
def from_obelics(spark, models, tmp_path_factory) -> Path:
    warehouse = tmp_path_factory.mktemp("obelics") / "warehouse"
    return run(PARQUET, "obelics", warehouse, "--image-root", SAMPLES)


def test_the_same_images_are_found_measured_and_kept(from_html, from_obelics):
    left, right = (
        published(folder).read(IMAGES).drop_columns(WRITTEN_BY_HTML_ALONE)
        for folder in (from_html, from_obelics)
    )
    assert_equal_tables("images", IMAGES.key, left, right)
    assert len(left) == 16


def test_the_same_sentences_are_found_at_the_same_places(from_html, from_obelics):
    left, right = (published(folder).read(SENTENCES_FOUND) for folder in (from_html, from_obelics))
    assert_equal_tables("sentences_found", SENTENCES_FOUND.key, left, right)
    assert len(left) == 170


def test_the_rules_on_text_judge_them_alike(spark, from_html, from_obelics):
    verdicts = []
    for folder in (from_html, from_obelics):
        found = spark.read.format("delta").load(str(folder / "sentences_found"))
        judged = distinct_sentences(found, SentenceRules())
        verdicts.append(rows_of(judged, "sentence_id", "word_count", "drop_reason"))
    assert verdicts[0] == verdicts[1]


def test_the_broken_rows_of_the_parquet_file_are_in_quarantine(from_obelics):
    rows = published(from_obelics).read(QUARANTINE)
    assert sorted(rows["reason"].to_pylist()) == [
        "bad_metadata", "length_mismatch", "position_conflict",
    ]  # fmt: skip

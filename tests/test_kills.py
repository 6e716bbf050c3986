"""Runs that are killed outright, and the same command again: the tables are those of one run.

The whole line is killed by tests/random_kills.py (`make test-kills`).
"""

import random
import shutil

import pytest

from tests.equal_tables import assert_equal_warehouses, published
from tests.random_kills import Trial, kill_after
from tests.slices import TINY, copy_slice
from tests.tiny_site import realsyn

pytestmark = [pytest.mark.long, pytest.mark.models]

MOMENTS = (0.35, 0.6, 0.85)  # of an undisturbed run; each kill hits what the last one left


def test_three_kills_and_one_more_run_give_the_tables_of_one_run(models, tmp_path):
    pages = copy_slice(TINY, tmp_path / "pages")
    whole = Trial(pages, tmp_path / "whole", last="filter_images")
    killed = Trial(pages, tmp_path / "killed", last="filter_images")
    seconds, chance = whole.finish(), random.Random(1)
    cut = [kill_after(killed.start(), seconds * at, chance.random() < 0.5) for at in MOMENTS]
    killed.finish()
    assert cut[0], "the first kill came after the end"
    assert set(published(killed.warehouse).runs) == {
        "extract_documents", "fetch_images", "filter_images",
    }  # fmt: skip
    assert_equal_warehouses(whole.warehouse, killed.warehouse)


def test_clusters_and_retrieval_go_on_after_kills(spark, models, tmp_path):
    pages = copy_slice(TINY, tmp_path / "pages")
    place, last = tmp_path / "whole", "retrieve_texts"
    assert realsyn(*Trial(pages, place, last="dedup_sentences").command()[1:]) == 0
    shutil.copytree(place, tmp_path / "killed")
    whole, killed = Trial(pages, place, last), Trial(pages, tmp_path / "killed", last)
    seconds = whole.finish()  # of two stages and the start of a session
    cut = [kill_after(killed.start(), seconds * at, at > 0.7) for at in (0.5, 0.9)]
    killed.finish()
    assert cut[0], "the first kill came after the end"
    assert {"cluster_sentences", last} <= set(published(killed.warehouse).runs)
    assert_equal_warehouses(whole.warehouse, killed.warehouse)

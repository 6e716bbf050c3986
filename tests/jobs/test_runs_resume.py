"""A run skips what is done, goes on where it was killed, and publishes nothing that is half."""

import pytest

import jobs.extract_documents
import jobs.ledger
import jobs.stage
from realsyn_lib.tables import DOCUMENTS, IMAGES_FOUND, SENTENCES_FOUND
from tests.equal_tables import assert_equal_warehouses
from tests.tiny_site import Killed, Tiny, kill

pytestmark = [pytest.mark.spark, pytest.mark.models]

FIRST = "extract_documents"
OF_FIRST = (DOCUMENTS, IMAGES_FOUND, SENTENCES_FOUND)
THREE = ["extract_documents", "fetch_images", "filter_images"]
SMALLER = ("--set", "images.min_side_px=300")


def test_the_tiny_site_gives_the_rows_that_stand_on_its_pages(tiny: Tiny):
    texts = [text for (text,) in tiny.rows("sentences_found", "text")]
    assert texts == [
        "A mill stands by the river.", "It grinds corn.", "It grinds corn.",
        "The inn closed at ten.", "The old barn burned down last week.",
    ]  # fmt: skip
    columns = ("url", "width_px", "height_px", "occurrence_count", "drop_reason")
    assert tiny.rows("images", *columns) == [
        ("blue.png", 120, 130, 1, None),
        ("red.png", 120, 130, 1, None),
    ]


def test_a_second_run_commits_nothing_anywhere(tiny: Tiny, capsys):
    before = tiny.versions()
    assert tiny.run() == 0
    assert tiny.versions() == before
    assert capsys.readouterr().err.count("up to date") == 3


def test_settings_of_speed_rerun_nothing(tiny: Tiny):
    before = tiny.versions()
    assert tiny.run("--set", "batch.arrow_rows=3", "--set", "spark.shuffle_partitions=3") == 0
    assert tiny.versions() == before


def test_a_changed_setting_reruns_the_stage_that_reads_it_alone(tiny: Tiny):
    before = tiny.versions()
    assert tiny.run(*SMALLER, "--set", "checks.max_quarantine_share=1.0") == 3  # none is kept
    assert tiny.stages_run()[3:] == [("filter_images", "failed")]
    assert tiny.run("--set", "images.min_side_px=50") == 0
    assert tiny.stages_run()[4:] == [("filter_images", "finished")]
    assert {name for name, v in tiny.versions().items() if v != before[name]} == {
        "images", "runs", "funnel",
    }  # fmt: skip


def test_a_changed_first_stage_reruns_what_depends_on_its_tables(tiny: Tiny):
    assert tiny.run("--set", "sources.max_sentence_chars=500") == 0
    assert tiny.stages_run()[3:] == [(stage, "finished") for stage in THREE]


def test_force_reruns_what_is_up_to_date(tiny: Tiny, finished_tiny: Tiny):
    assert tiny.run("--from", "filter_images", "--force") == 0
    assert tiny.stages_run()[3:] == [("filter_images", "finished")]
    assert_equal_warehouses(finished_tiny.warehouse, tiny.warehouse)


def test_a_killed_run_goes_on_without_writing_its_first_table_again(
    fresh: Tiny, finished_tiny: Tiny, monkeypatch
):
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(jobs.extract_documents, "images_in", kill)
        fresh.run(last=FIRST)
    assert fresh.writes("documents") == 1
    assert fresh.stages_run() == []
    assert fresh.run(last=FIRST) == 0
    assert fresh.writes("documents") == 1
    assert fresh.stages_run() == [(FIRST, "finished")]
    assert_equal_warehouses(finished_tiny.warehouse, fresh.warehouse, OF_FIRST, counts=False)


def test_a_table_left_ahead_by_other_settings_is_brought_back(
    tiny: Tiny, finished_tiny: Tiny, monkeypatch
):
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(jobs.stage.Stage, "account_table", kill)
        tiny.run(*SMALLER)
    assert [reason for (reason,) in tiny.rows("images", "drop_reason")] == ["too_small"] * 2
    assert tiny.run() == 0
    assert [reason for (reason,) in tiny.rows("images", "drop_reason")] == [None, None]
    assert len(tiny.stages_run()) == 3
    assert_equal_warehouses(finished_tiny.warehouse, tiny.warehouse)


def test_a_kill_between_accounting_and_publishing_leaves_one_account(
    fresh: Tiny, finished_tiny: Tiny, monkeypatch
):
    append = jobs.ledger.Warehouse.append

    def dies_at_runs(warehouse, table, frame, *note):
        if table.name == "runs":
            raise Killed
        append(warehouse, table, frame, *note)

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(jobs.ledger.Warehouse, "append", dies_at_runs)
        fresh.run(last=FIRST)
    assert (fresh.stages_run(), fresh.writes("documents")) == ([], 1)
    assert fresh.rows("funnel", "stage")
    assert fresh.run(last=FIRST) == 0
    counts = fresh.rows("funnel", "stage", "entity", "outcome", "drop_reason")
    assert len(counts) == len(set(counts))
    assert_equal_warehouses(finished_tiny.warehouse, fresh.warehouse, OF_FIRST, counts=False)


def test_rows_that_do_not_add_up_are_not_published(tiny: Tiny, monkeypatch, capsys):
    with monkeypatch.context() as patch:
        patch.setattr(jobs.stage, "count_unique", lambda *_of: {None: 1})
        assert tiny.run("--set", "images.min_side_px=50") == 1
    assert "filter_images, image: 2 rows in, but 1 rows out" in capsys.readouterr().err
    assert tiny.stages_run()[3:] == [("filter_images", "failed")]
    assert len({run for (run,) in tiny.rows("funnel", "run_id")}) == 1
    assert "2 rows in, but 1 rows out" in str(tiny.rows("runs", "status", "error")[0])

"""The line of stages: its order, and the piece of it that a run asks for."""

import pytest

from realsyn_lib.errors import SettingError
from realsyn_lib.stages import OWNER_OF, stage_named, stages_between


def names(first, last):
    return [stage.name for stage in stages_between(first, last)]


def test_the_line_runs_from_extraction_to_assessment():
    line = names(None, None)
    assert (line[0], line[-1], len(line)) == ("extract_documents", "assess_release", 15)


def test_a_piece_of_the_line_holds_both_its_ends():
    assert names("fetch_images", "embed_images") == [
        "fetch_images",
        "filter_images",
        "embed_images",
    ]
    assert names("fetch_images", "fetch_images") == ["fetch_images"]
    assert names(None, "fetch_images") == ["extract_documents", "fetch_images"]


def test_ends_that_are_swapped_are_told():
    with pytest.raises(
        SettingError, match="--from embed_images comes after --to fetch_images; swap"
    ):
        stages_between("embed_images", "fetch_images")


def test_an_unknown_stage_is_told_with_the_known_ones():
    with pytest.raises(
        SettingError, match="stage 'embed' is unknown; expected one of extract_docu"
    ):
        stage_named("embed")


def test_a_table_s_owner_is_the_stage_that_writes_it():
    assert OWNER_OF["words"] == "filter_sentences"
    assert OWNER_OF["samples"] == "balance_pairs"
    assert "runs" not in OWNER_OF

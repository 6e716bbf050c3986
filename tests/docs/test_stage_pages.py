"""docs/stages against the declarations of stages, tables, settings and reasons."""

import re

import pytest
import yaml

from realsyn_lib.reasons import DROPPED, FALLBACK, QUARANTINED
from realsyn_lib.stages import STAGES
from tests.docs.pages import ROOT, STAGE_PAGES, blocks_of, text_of

BASE = yaml.safe_load(text_of(ROOT / "conf/base.yaml"))
FIGURES = yaml.safe_load(text_of(ROOT / "docs/figures/stages.yaml"))
PAGES = [(stage, STAGE_PAGES / f"{stage.name}.md") for stage in STAGES]
NAMES = [stage.name for stage in STAGES]
BEYOND_TABLES = {"opt_out", "llm_answers"}


def told(page, what):
    """Table names of a page's line of reads or writes."""
    line = re.search(rf"{what}: ([^\n]*?)\.(?: |$)", text_of(page), re.MULTILINE)
    return {name for name in re.findall(r"`(\w+)`", line.group(1)) if name not in BEYOND_TABLES}


def test_there_is_a_page_for_each_stage_and_the_index_names_them_in_order():
    assert {path.stem for path in STAGE_PAGES.glob("*.md")} == {*NAMES, "index"}
    listed = text_of(STAGE_PAGES / "index.md").split(":hidden:")[1].split()
    assert [name for name in listed if name in NAMES] == NAMES


@pytest.mark.parametrize(("stage", "page"), PAGES, ids=NAMES)
def test_a_page_names_the_tables_that_its_stage_reads_and_writes(stage, page):
    assert told(page, "Reads") == set(stage.reads)
    assert told(page, "Writes") == set(stage.writes)
    assert f"](../figures/{stage.name}.svg)" in text_of(page)


@pytest.mark.parametrize(("stage", "page"), PAGES, ids=NAMES)
def test_the_defaults_of_a_page_are_those_of_the_settings(stage, page):
    rows = re.findall(r"^\| `([a-z_]+(?:\.[a-z_]+)+)` \| ([^|]+) \|", text_of(page), re.MULTILINE)
    assert rows, "a page without settings"
    for key, default in rows:
        value = BASE
        for part in key.split("."):
            value = value[part]
        assert yaml.safe_load(default) == value, key
    of_its_own = {key.split(".")[0] for key, _ in rows} & set(stage.settings)
    assert of_its_own or not set(stage.settings) - {"buckets", "images"}


@pytest.mark.parametrize(("stage", "page"), PAGES, ids=NAMES)
def test_a_page_has_a_query_and_says_what_can_go_wrong(stage, page):
    assert blocks_of(page, "sql")
    for heading in ("## Settings", "## Look at it", "## What can go wrong"):
        assert heading in text_of(page), heading


def test_the_figures_name_every_reason_and_none_that_is_not_one():
    words = {
        word
        for entry in FIGURES.values()
        for step in entry["steps"]
        for word in step.get("out", [])
    }
    assert words == {*DROPPED, *QUARANTINED, *FALLBACK}

"""realsyn report: one file with everything in it."""

import re

import pytest

pytestmark = [pytest.mark.spark, pytest.mark.demo]


@pytest.fixture(scope="module")
def page(demo_warehouse, spark, tmp_path_factory):
    from jobs.published import open_warehouse
    from jobs.report.build import write_report
    from realsyn_lib.config import load_config

    out = tmp_path_factory.mktemp("report") / "report.html"
    write_report(open_warehouse(str(demo_warehouse), load_config("local")), str(out))
    return out.read_text(encoding="utf-8")


def test_the_file_is_small_and_loads_nothing(page):
    assert len(page) < 3_000_000
    assert not re.search(r'(?:src|href)="(?!data:image/jpeg;base64,|#)', page)


def test_kept_images_duplicates_and_dropped_ones_are_shown(page):
    assert page.count("<article") == 24
    assert page.count("data:image/jpeg;base64,") > 30
    assert "perceptual component of 2" in page


@pytest.mark.parametrize(
    "word", ["too_small", "aspect_ratio", "high_perplexity", "emoji", "bad_url"]
)
def test_what_a_rule_dropped_has_examples(page, word):
    dropped = page[page.index('id="dropped"') :]
    assert f'<span class="mono">{word}</span>' in dropped


def test_the_command_writes_where_it_is_told(realsyn, demo_warehouse, tmp_path):
    out = tmp_path / "mine.html"
    code, printed, _err = realsyn("report", "--warehouse", demo_warehouse, "--out", out)
    assert (code, printed) == (0, f"report: {out}\n")
    assert out.read_text(encoding="utf-8").startswith("<!doctype html>")

"""realsyn report: one file with everything in it."""

import re
import shutil

import pytest
from deltalake import DeltaTable

from realsyn_lib.integrity.guarded_files import write_guarded
from realsyn_lib.stages import STAGES
from realsyn_lib.tables import IMAGES, PAIRS, SENTENCES

pytestmark = [pytest.mark.spark, pytest.mark.demo]


@pytest.fixture(scope="module")
def file(demo_warehouse, spark, tmp_path_factory):
    from jobs.published import open_warehouse
    from jobs.report.build import write_report
    from realsyn_lib.config import load_config

    out = tmp_path_factory.mktemp("report") / "report.html"
    write_report(open_warehouse(str(demo_warehouse), load_config("local")), str(out))
    return out


@pytest.fixture(scope="module")
def page(file):
    return file.read_text(encoding="utf-8")


def part(page, name):
    """The markup of one section."""
    start = page.index(f'<section id="{name}"')
    return page[start : page.index("</section>", start)]


def test_the_file_is_small_and_loads_nothing(page):
    assert len(page) < 3_000_000
    assert not re.search(r'(?:src|href)="(?!data:image/jpeg;base64,|#)', page)


def test_kept_images_duplicates_and_dropped_ones_are_shown(page):
    assert part(page, "gallery").count("<article") == 60
    assert page.count("data:image/jpeg;base64,") > 70
    assert "perceptual component of 2" in part(page, "duplicates")


@pytest.mark.parametrize("word", ["too_small", "aspect_ratio", "high_perplexity", "emoji"])
def test_what_a_rule_dropped_has_examples(page, word):
    assert f'<h3 id="rule-{word}"><code>{word}</code>' in part(page, "dropped")


def test_what_is_in_quarantine_has_examples(page):
    assert '<h3 id="quarantined-bad_url"><code>bad_url</code>' in part(page, "quarantine")


def test_the_rows_beside_the_papers_are_those_of_the_tables(page, demo):
    def row(name):
        cells = part(page, "funnel").partition(f'<th scope="row">{name}</th>')[2]
        return re.findall(r'<td class="number">([^<]*)</td>', cells)[:4]

    images, pairs = demo(IMAGES), demo(PAIRS)
    kept = sum(image["drop_reason"] is None for image in images)
    share = f"{100 * kept / len(images):.1f} %"
    assert row("images") == [f"{len(images):,}", "", "336M", ""]
    assert row("large enough, not too long") == [f"{kept:,}", share, "285M", "84.8 %"]
    in_band = sum(pair["drop_reason"] is None for pair in pairs)
    assert row("inside the cosine band")[0] == f"{in_band:,}"


def test_histograms_count_every_row_that_has_the_value(page, demo):
    scored = sum(row["perplexity"] is not None for row in demo(SENTENCES))
    figures = part(page, "figures")
    assert f"<strong>Perplexity of a sentence</strong>, {scored:,} rows" in figures
    assert "kept at least 30; kept at most 200" in figures


def test_times_settings_and_versions_are_those_of_the_runs(page, demo_warehouse):
    rows = DeltaTable(str(demo_warehouse / "runs")).to_pyarrow_table().to_pylist()
    for row in rows:
        assert row["config_digest"] in part(page, "versions")
    assert part(page, "time").count('<th scope="row">') == len(STAGES)
    assert "every stage ran with these" in part(page, "settings")
    assert "<code>retrieval.nprobe: 8</code>" in part(page, "settings")


@pytest.mark.browser
def test_a_browser_shows_every_picture_and_has_nothing_to_say(visit, file):
    seen = visit(file.as_uri())
    assert seen.faults == []
    widths = seen.page.eval_on_selector_all("img", "all => all.map(one => one.naturalWidth)")
    assert len(widths) > 70 and min(widths) > 0
    assert not seen.scrolls_sideways()
    filters = seen.page.get_by_role("form", name="Filter the gallery")
    filters.get_by_label("Tier").select_option("small")
    told = seen.page.locator("#gallery output").inner_text()
    shown = seen.page.locator("#pairs > article:visible").count()
    assert 0 < shown < 60
    assert told == f"{shown} of 60 shown"


def test_the_command_writes_where_it_is_told(realsyn, demo_warehouse, tmp_path):
    out = tmp_path / "mine.html"
    code, printed, _err = realsyn("report", "--warehouse", demo_warehouse, "--out", out)
    assert (code, printed) == (0, f"report: {out}\n")
    assert out.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_report_that_a_kill_left_behind_its_tables_is_drawn_by_the_next_run(
    realsyn, demo_warehouse, tmp_path
):
    warehouse = tmp_path / "warehouse"
    shutil.copytree(demo_warehouse, warehouse)
    report = warehouse / "_files" / "report.html"
    last = re.search(r"\d{6}-\d{8}T\d{6}, stage assess_release", report.read_text("utf-8"))[0]
    write_guarded(str(report), "a page of an earlier run")
    only = ("--from", "assess_release", "--to", "assess_release")
    assert realsyn("run", "--warehouse", warehouse, *only)[0] == 0
    assert last in report.read_text("utf-8")
    before = report.stat().st_mtime_ns
    assert realsyn("run", "--warehouse", warehouse, *only)[0] == 0
    assert report.stat().st_mtime_ns == before

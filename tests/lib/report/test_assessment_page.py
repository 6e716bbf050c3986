"""The assessment in a page of its own and in the report: complete, escaped, readable."""

import re

import pytest

from realsyn_lib.report.assessment import Assessment
from realsyn_lib.report.assessment_page import assessment_page
from realsyn_lib.report.content import Fact
from realsyn_lib.report.render import render
from tests.assessment_content import assessment
from tests.browser import DESKTOP, PHONE
from tests.report_content import HOSTILE, content, empty_content

FACTS = (Fact("farm", "/data/farm"),)


def test_every_figure_has_its_drawing():
    page = assessment_page(assessment(), FACTS)
    for heading in (
        "Richness",
        "Topics",
        "Diversity",
        "Cluster sizes",
        "Where the pictures come from",
    ):
        assert f"<h3>{heading}" in page
    assert page.count("<svg") == 4
    assert page.count("<svg") == page.count('role="img" aria-label="')


def test_two_sets_have_two_maps_and_two_bars_a_topic():
    page = assessment_page(assessment(sources=2), FACTS)
    assert page.count("Map of topics") == 2
    assert page.count("60.0 %") == 2
    assert re.findall(r'<span class="h1" style="width:([\d.]+)%', page) == ["100.00", "66.67"]


def test_no_text_from_outside_becomes_markup():
    page = assessment_page(assessment(HOSTILE, 2), (Fact(HOSTILE, HOSTILE),))
    assert "<script" not in page
    assert not re.search(r"<img[^>]*evil", page)


def test_the_report_holds_the_assessment_or_says_that_there_is_none():
    assert "Map of topics" in render(content(assessment=assessment()))
    assert "Not assessed yet." in render(empty_content())
    assert "Not assessed yet." in assessment_page(Assessment(), FACTS)


@pytest.mark.browser
@pytest.mark.parametrize(("scheme", "window"), [("light", DESKTOP), ("dark", PHONE)])
def test_the_page_is_quiet_readable_and_no_wider_than_its_window(visit, tmp_path, scheme, window):
    file = tmp_path / "assess.html"
    file.write_text(assessment_page(assessment(HOSTILE, 2), FACTS), encoding="utf-8")
    page = visit(file.as_uri(), viewport=window, color_scheme=scheme)
    assert page.faults == []
    assert page.requests == [file.as_uri()]
    assert page.page.title() == "RealSyn assessment"
    assert not page.scrolls_sideways()
    assert page.barriers() == []

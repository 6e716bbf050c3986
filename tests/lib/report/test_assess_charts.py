"""The assessment's charts: where lines, dots and circles stand."""

import re

from realsyn_lib.report.assess_charts import (
    curve_table,
    curves_svg,
    distribution_svg,
    overlap_svg,
    topic_map_svg,
)
from realsyn_lib.report.assessment import (
    Curve,
    Distribution,
    Line,
    Overlap,
    Point,
    TopicMap,
    TopicShare,
)

HOSTILE = '"><script>alert(1)</script>'


def test_the_highest_step_nearly_fills_the_height_and_all_lines_have_one_scale():
    lines = (Line("a", 4, (0.5, 0.25)), Line("b", 4, (0.0, 0.25)))
    svg = str(distribution_svg(Distribution("t", "u", 0.0, 1.0, lines)))
    assert re.findall(r' d="([^"]*)"', svg) == [
        "M0 100V2.0H1V51.0H2V100", "M0 100V100.0H1V51.0H2V100",
    ]  # fmt: skip


def test_a_curve_s_decades_lie_evenly_apart():
    svg = str(curves_svg([Curve("all", ((1, 100), (10, 10), (100, 1)))]))
    (path,) = re.findall(r'class="line h0" d="M([^"]*)"', svg)
    (x0, y0), (x1, y1), (x2, y2) = (map(float, spot.split()) for spot in path.split("L"))
    assert (x0, y0, x2, y2) == (60.0, 10.0, 414.0, 226.0)
    assert (round(2 * x1 - x0 - x2, 6), round(2 * y1 - y0 - y2, 6)) == (0, 0)


def test_the_table_of_curves_reads_between_the_points():
    curves = [Curve("all", ((1, 9), (5, 3))), Curve("tier", ((1, 9), (2, 4)))]
    assert curve_table(curves) == [(1, [9, 9]), (2, [3, 4]), (4, [3, 0])]
    assert curve_table([]) == []


def test_dots_stand_where_their_texts_lie_and_the_word_at_one_of_them():
    drawn = TopicMap("", (Point(3, 0.5, 0.25), Point(3, -0.5, 0.25), Point(3, 0.0, 0.75)))
    svg = str(topic_map_svg(drawn, [TopicShare(3, ("cat", "dog", "cow"), (1.0,))]))
    assert 'd="M50.0 -25.0h0M-50.0 -25.0h0M0.0 -75.0h0"' in svg
    assert '<text x="0.0" y="-75.0">cat dog</text>' in svg or 'y="-25.0">cat dog</text>' in svg


def test_circles_of_equal_sets_that_share_nothing_stand_side_by_side():
    svg = str(overlap_svg(Overlap("a", "b", 5, 0, 5)))
    assert re.findall(r'cx="([\d.]+)" cy="1.05" r="([\d.]+)"', svg) == [
        ("1.000", "1.000"), ("3.000", "1.000"),
    ]  # fmt: skip


def test_names_from_outside_are_text():
    topics = [TopicShare(0, (HOSTILE,), (1.0,))]
    drawn = [
        topic_map_svg(TopicMap(HOSTILE, (Point(0, 0.0, 0.0),)), topics),
        curves_svg([Curve(HOSTILE, ((1, 1),))]),
        overlap_svg(Overlap(HOSTILE, HOSTILE, 1, 1, 1)),
        distribution_svg(Distribution(HOSTILE, HOSTILE, 0.0, 1.0, (Line(HOSTILE, 1, (1.0,)),))),
    ]
    assert not any("<script" in str(svg) for svg in drawn)
    assert all("&lt;script&gt;" in str(svg) for svg in drawn)

"""Charts: heights, limits, and the words for those who do not see them."""

import re

from realsyn_lib.report.charts import clusters_svg, histogram_svg, histogram_words, limit_places
from realsyn_lib.report.content import ClusterSizes, Histogram


def test_the_highest_bin_fills_the_height_and_a_rare_one_is_still_seen():
    svg = str(histogram_svg(Histogram("t", "u", 0.0, 3.0, (1000, 1, 0), (1.5, None))))
    assert re.findall(r'<rect class="bar"[^>]* height="([\d.]+)"', svg) == ["100.00", "1.00"]
    assert 'x1="1.500"' in svg
    assert "<title>1 to 2: 1</title>" in svg


def test_what_the_limits_drop_is_shaded():
    svg = str(histogram_svg(Histogram("t", "u", 0.0, 10.0, (1, 1, 1, 1), (2.5, 7.5))))
    assert re.findall(r'class="out" x="([\d.]+)" y="0" width="([\d.]+)"', svg) == [
        ("0.000", "1.000"),
        ("3.000", "1.000"),
    ]


def test_a_limit_outside_the_axis_has_no_line_and_shades_all_or_nothing():
    above = str(histogram_svg(Histogram("t", "u", 0.0, 1.0, (1,), (None, 5.0))))
    assert "<line" not in above and 'class="out"' not in above
    below = str(histogram_svg(Histogram("t", "u", 0.0, 1.0, (1,), (5.0, None))))
    assert "<line" not in below and 'class="out" x="0.000" y="0" width="1.000"' in below


def test_limits_are_written_at_their_places():
    places = limit_places(Histogram("t", "u", 0.0, 200.0, (1, 1), (30.0, 150.0)))
    assert places == [(15.0, "30"), (75.0, "150")]


def test_a_chart_is_told_in_a_sentence():
    told = histogram_words(Histogram("Words", "words", 0.0, 4.0, (3, 1), (1.0, None)))
    assert told == "Words: 4 rows from 0 to 4 words; most in 0 to 2: 3; kept at least 1"


def test_clusters_of_a_tier_are_drawn_to_the_scale_of_all():
    svg = str(clusters_svg(ClusterSizes(None, 15, 2, 5, (10, 5)), ClusterSizes("s", 5, 1, 5, (5,))))
    assert re.findall(r'<rect[^>]* height="([\d.]+)"', svg) == ["100.00", "50.00", "50.00"]

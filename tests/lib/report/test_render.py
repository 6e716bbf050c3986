"""The report's page: complete by itself, and everything from outside is text in it."""

import re

from realsyn_lib.report.charts import clusters_svg, histogram_svg
from realsyn_lib.report.content import (
    Card,
    ClusterSizes,
    Component,
    Content,
    Dropped,
    Example,
    Fact,
    Histogram,
    Loss,
    Member,
    Picture,
    Recall,
    RetrievedText,
    Step,
)
from realsyn_lib.report.render import render, short_number

HOSTILE = "<script>alert(1)</script>\"'><img src=http://evil.example/x onerror=alert(2)>"


def hostile_content(pictures=None):
    card = Card(
        7,
        HOSTILE,
        (RetrievedText(HOSTILE, 0.5),),
        HOSTILE,
        (HOSTILE,),
        HOSTILE,
        0.5,
        None,
        ("all",),
    )
    component = Component("perceptual", 1, 2, (Member(7, HOSTILE, True), Member(8, HOSTILE, False)))
    dropped = Dropped("too_small", "meaning", (Example(HOSTILE, HOSTILE, 7),))
    return Content(
        facts=(Fact("input", HOSTILE),),
        steps=(Step("filter_images", "image", 3, 2, (Loss("too_small", "dropped", 1),)),),
        times=(),
        histograms=(Histogram(HOSTILE, HOSTILE, 0.0, 1.0, (1, 2)),),
        clusters=(ClusterSizes(None, 5, 2, 2, (3, 2)), ClusterSizes(HOSTILE, 4, 2, 2, (2, 2))),
        cards=(card,),
        image_components=(component,),
        sentence_components=(component,),
        dropped_images=(dropped,),
        dropped_sentences=(dropped,),
        quarantined=(dropped,),
        recalls=(Recall(1, 0.5321, 59.4, True), Recall(4, 0.9, 240.2)),
        pictures=pictures or {},
    )


def empty_content():
    return Content((), (), (), (), (), (), (), (), (), (), ())


def test_the_recall_of_the_run_and_of_other_numbers_of_clusters_is_told():
    page = render(hostile_content())
    assert '<td>1, this run</td><td class="number">0.532</td><td class="number">59</td>' in page
    assert '<td>4</td><td class="number">0.900</td><td class="number">240</td>' in page
    assert "Nothing retrieved yet" in render(empty_content())


def test_no_text_from_outside_becomes_markup():
    page = render(hostile_content())
    assert "<script" not in page
    assert not re.search(r"<img[^>]*evil", page)
    assert page.count("&lt;script&gt;") >= 10


def test_the_page_asks_the_network_for_nothing():
    page = render(hostile_content({7: Picture("data:image/jpeg;base64,AAAA")}))
    loaded = re.findall(r"""<[a-z]+[^>]*\s(?:src|href)="([^"]*)\"""", page)
    assert loaded
    assert all(address.startswith(("data:image/jpeg;base64,", "#")) for address in loaded)
    assert "url(" not in page
    assert "@import" not in page
    assert "default-src 'none'" in page


def test_an_image_without_a_thumbnail_says_why():
    page = render(hostile_content({7: Picture(None, "truncated")}))
    assert "no picture: truncated" in page


def test_a_report_of_an_empty_warehouse_can_be_drawn():
    page = render(empty_content())
    assert "No image has been kept yet." in page
    assert "Not balanced yet." in page


def test_the_funnel_names_counts_and_reasons():
    page = render(hostile_content())
    assert "2 of 3" in page
    assert "too_small 1" in page


def test_the_highest_bin_fills_the_height_and_a_rare_one_is_still_seen():
    svg = str(histogram_svg(Histogram("t", "u", 0.0, 3.0, (1000, 1, 0), (1.5,))))
    assert re.findall(r'<rect[^>]* height="([\d.]+)"', svg) == ["100.00", "1.00"]
    assert 'x1="1.500"' in svg


def test_a_limit_outside_the_axis_is_not_drawn():
    assert "<line" not in histogram_svg(Histogram("t", "u", 0.0, 1.0, (1,), (5.0,)))


def test_clusters_of_a_tier_are_drawn_to_the_scale_of_all():
    svg = str(clusters_svg(ClusterSizes(None, 15, 2, 5, (10, 5)), ClusterSizes("s", 5, 1, 5, (5,))))
    assert re.findall(r'<rect[^>]* height="([\d.]+)"', svg) == ["100.00", "50.00", "50.00"]


def test_numbers_of_an_axis_are_short():
    assert [short_number(value) for value in (0.12345, 2000.0, 80.0)] == ["0.123", "2,000", "80"]

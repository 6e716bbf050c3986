"""The report's page: complete by itself, and everything from outside is text in it."""

import re
from html.parser import HTMLParser

from realsyn_lib.report.content import Picture, StageTime, Step
from realsyn_lib.report.render import SECTIONS, render
from tests.report_content import HOSTILE, card, content, empty_content


def test_every_section_has_a_heading_and_a_link_to_it():
    page = render(content())
    for section in SECTIONS:
        assert f'<a href="#{section.name}">{section.title}</a>' in page
        assert f'<h2 id="{section.name}-title">{section.title}</h2>' in page


def test_the_recall_of_the_run_and_of_other_numbers_of_clusters_is_told():
    page = render(content())
    assert '<td>1, this run</td><td class="number">0.532</td><td class="number">59</td>' in page
    assert '<td>4</td><td class="number">0.900</td><td class="number">240</td>' in page
    assert '<td class="number">0.988</td><td class="number">1,200 pairs</td>' in page
    assert "Nothing retrieved yet" in render(empty_content())


def tags_of(page):
    """(name, attributes) of every element, as a parser of HTML reads the page."""
    found = []

    class Tags(HTMLParser):
        def handle_starttag(self, name, attributes):
            found.append((name, dict(attributes)))

    Tags().feed(page)
    return found


def test_no_text_from_outside_becomes_markup():
    page = render(content(HOSTILE))
    assert [name for name, _ in tags_of(page)] == [
        name for name, _ in tags_of(render(content("plain")))
    ]
    assert page.count("<script") == 1
    assert not any(key.startswith("on") for _, given in tags_of(page) for key in given)
    assert page.count("&lt;script&gt;") >= 20
    assert "1337" not in page


def test_the_page_asks_the_network_for_nothing():
    page = render(content(HOSTILE))
    keys = ("src", "href", "action", "srcset", "poster", "data", "formaction", "background")
    loaded = [given[key] for _, given in tags_of(page) for key in keys if key in given]
    assert len(loaded) > 10
    assert all(address.startswith(("data:image/jpeg;base64,", "#")) for address in loaded)
    style = page[page.index("<style>") : page.index("</style>")]
    assert "url(" not in style and "@import" not in style
    assert "default-src 'none'" in page


def test_no_character_from_outside_turns_the_line_round_or_hides():
    page = render(content(HOSTILE))
    assert not set(page) & set("\u202e\u2066\x00\x1b\U000e0041")
    assert page.count("[U+202E]gnp.exe") >= 20


def test_every_link_leads_to_a_place_of_the_page():
    page = render(content())
    targets = re.findall(r'\sid="([^"]+)"', page)
    assert len(targets) == len(set(targets))
    assert set(re.findall(r'href="#([^"]*)"', page)) <= set(targets)


def test_a_reason_leads_to_its_examples():
    page = render(content())
    assert '<a href="#rule-too_small">too_small</a> 1' in page
    assert '<a href="#quarantined-bad_url">bad_url</a> 1' in page


def test_an_image_without_a_thumbnail_says_why():
    page = render(content(pictures={7: Picture(None, "truncated")}))
    assert "no picture: truncated" in page


def test_a_report_of_an_empty_warehouse_can_be_drawn():
    page = render(empty_content())
    assert "No image has been kept yet." in page
    assert "Not balanced yet." in page
    assert "No stage has run yet." in page


def test_the_funnel_names_counts_and_stands_beside_the_papers():
    steps = (
        Step("filter_images", "image", 4, 2, ()),
        Step("dedup_images", "image", 2, 1, ()),
    )
    page = render(content(steps=steps))
    assert "2 of 4" in page
    row = page[page.index(">large enough, not too long<") :]
    cells = re.findall(r'<td class="number">([^<]*)</td>', row)[:4]
    assert cells == ["2", "50.0 %", "285M", "84.8 %"]


def test_settings_say_whether_the_stages_ran_with_them():
    def told(*changed):
        times = [StageTime("filter_images", "1", "", 1.0, "ab", 1, found) for found in changed]
        page = render(content(times=tuple(times)))
        return page[page.index('<section id="settings"') :]

    assert "every stage ran with these" in told((), ())
    assert "every stage ran with these" not in told((), ("settings",))
    assert '<code>filter_images</code> <span class="soft">settings, fetches</span>' in told(
        ("settings", "fetches")
    )
    assert "whose models are not on this machine: filter_images" in told(None)


def test_a_pair_without_a_cosine_or_a_text_is_shown():
    page = render(content(cards=(card(2, cosine=None, synthetic=None, caption=None, tags=()),)))
    assert "farm/2.jpg" in page
    assert "data-cosine" not in page[: page.index("<script")]

"""The report in a browser: quiet, reachable by keyboard, readable on a phone and in the dark."""

import pytest

from realsyn_lib.report.content import ClusterSizes
from realsyn_lib.report.render import SECTIONS, render
from tests.browser import DESKTOP, PHONE
from tests.report_content import HOSTILE, card, content, picture

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """Six pairs; 1 and 2 are in tier small, the synthetic text of 2, 4, 6 was refused."""
    made = content(
        cards=tuple(map(card, range(1, 7))),
        clusters=(ClusterSizes(None, 5, 2, 2, (3, 2)), ClusterSizes("all", 4, 2, 2, (2, 2))),
        pictures={number: picture(30 * number) for number in range(1, 8)},
    )
    return written(tmp_path_factory, made)


@pytest.fixture(scope="module")
def hostile_report(tmp_path_factory):
    return written(tmp_path_factory, content(HOSTILE))


def written(tmp_path_factory, made):
    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_text(render(made), encoding="utf-8")
    return file.as_uri()


def shown(visit):
    """Numbers of the pairs that can be seen, in the order of the page."""
    seen = visit.page.locator("#pairs > article:visible h3").all_inner_texts()
    return [int(address.removeprefix("farm/").removesuffix(".jpg")) for address in seen]


def test_it_loads_itself_alone_without_a_word(visit, report):
    page = visit(report)
    assert page.faults == []
    assert [address for address in page.requests if not address.startswith("data:")] == [report]
    loaded = page.page.eval_on_selector_all("img", "all => all.map(one => one.naturalWidth)")
    assert set(loaded) == {60}


def test_hostile_texts_do_nothing(visit, hostile_report):
    page = visit(hostile_report)
    assert page.faults == []
    assert page.page.title() == "RealSyn report"
    assert not any("evil" in address for address in page.requests)
    assert page.page.locator("script").count() == 1
    assert "document.title='owned'" in page.page.locator("#pairs").inner_text()
    assert not page.scrolls_sideways()


def test_a_script_from_elsewhere_would_be_stopped(visit, report):
    page = visit(report)
    page.page.evaluate(
        "() => { const one = document.createElement('script');"
        " one.textContent = 'document.title = 1'; document.body.append(one); }"
    )
    assert page.page.title() == "RealSyn report"
    assert any("Content Security Policy" in fault for fault in page.faults)


@pytest.mark.parametrize(("scheme", "window"), [("light", DESKTOP), ("dark", PHONE)])
def test_axe_finds_no_barrier(visit, report, scheme, window):
    page = visit(report, color_scheme=scheme, viewport=window)
    for summary in page.page.locator("summary").all():
        summary.click()
    assert page.barriers() == []


def test_dark_mode_is_dark(visit, report):
    def brightness(scheme):
        page = visit(report, color_scheme=scheme).page
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return sum(int(part) for part in colour.strip("rgb()").split(",")) / 3

    assert brightness("light") > 230
    assert brightness("dark") < 40


@pytest.mark.parametrize("name", ["report", "hostile_report"])
def test_a_phone_does_not_scroll_sideways(visit, request, name):
    page = visit(request.getfixturevalue(name), viewport=PHONE, is_mobile=True, has_touch=True)
    for summary in page.page.locator("summary").all():
        summary.click()
    assert not page.scrolls_sideways()


def test_pairs_are_filtered_by_words_tier_origin_and_cosine(visit, report):
    page = visit(report)
    form = page.page.get_by_role("form", name="Filter the gallery")
    assert shown(page) == [1, 2, 3, 4, 5, 6]
    form.get_by_label("Tier").select_option("small")
    assert shown(page) == [1, 2]
    form.get_by_label("Synthetic text").select_option("refused")
    assert shown(page) == [2]
    assert form.get_by_role("status").inner_text() == "1 of 6 shown"
    form.get_by_role("button", name="Reset").click()
    form.get_by_text(
        "6 of 6 shown"
    ).wait_for()  # the page filters once the form has its values again
    assert shown(page) == [1, 2, 3, 4, 5, 6]
    form.get_by_label("Its cosine from").fill("0.2")
    form.get_by_label("to", exact=True).fill("0.4")
    assert shown(page) == [2, 3, 4]
    form.get_by_label("Words").fill("animal  TEXT 3")
    assert shown(page) == [3]
    form.get_by_label("Words").fill("no such words")
    assert shown(page) == []
    assert page.faults == []


def test_pairs_are_ordered_by_cosine_and_as_drawn_again(visit, report):
    page = visit(report)
    order = page.page.get_by_label("Order")
    order.select_option(label="highest cosine first")
    assert shown(page) == [6, 5, 4, 3, 2, 1]
    order.select_option(label="as drawn")
    assert shown(page) == [1, 2, 3, 4, 5, 6]


def test_examples_are_filtered_by_rule(visit, report):
    page = visit(report)
    page.page.get_by_label("Rule", exact=False).and_(page.page.locator("select")).select_option(
        "emoji"
    )
    assert page.page.locator("#rules > article:visible h3 code").all_inner_texts() == ["emoji"]


def test_the_keyboard_reaches_everything_and_shows_where_it_is(visit, report):
    page = visit(report).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the report"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    reached = []
    for _ in range(60):
        page.keyboard.press("Tab")
        name, outline = page.evaluate(
            "() => { const here = document.activeElement;"
            " return [here.name || here.tagName, getComputedStyle(here).outlineStyle]; }"
        )
        if name == "BODY":
            break
        reached.append(name)
        assert outline != "none", name
    assert {"words", "tier", "origin", "least", "most", "order", "rule", "SUMMARY"} <= set(reached)


def test_a_filter_is_worked_by_keys_alone(visit, report):
    page = visit(report)
    page.page.get_by_label("Words").first.focus()
    page.page.keyboard.type("animal 4")
    page.page.keyboard.press("Enter")  # a form that is sent would load the page anew
    assert shown(page) == [4]
    assert page.faults == []


def test_links_of_the_sections_lead_there(visit, report):
    page = visit(report).page
    for section in SECTIONS:
        page.get_by_role("navigation").get_by_role("link", name=section.title).click()
        assert page.url.endswith(f"#{section.name}")
        assert page.locator(f"#{section.name}-title").is_visible()


def test_without_script_the_page_is_whole_and_shows_no_filters(visit, report):
    page = visit(report, java_script_enabled=False)
    assert shown(page) == [1, 2, 3, 4, 5, 6]
    assert page.page.locator("form:visible").count() == 0

"""realsyn view on the demo, in a browser: find by image, walk, move a limit. No model is loaded."""

import pytest
from playwright.sync_api import expect

from realsyn_lib.tables import DOCUMENTS, IMAGE_DUPLICATES, IMAGES, PAIRS, SENTENCES
from tests.browser import PHONE

pytestmark = pytest.mark.demo
KOALA = "animals/images/koala.jpg"


@pytest.fixture(scope="module")
def address(demo_warehouse, serve, tmp_path_factory):
    folder = tmp_path_factory.mktemp("view")
    return serve(demo_warehouse, "--cache", folder / "cache", REALSYN_MODELS=str(folder / "none"))


@pytest.fixture(scope="module")
def koala(demo):
    return next(row["image_id"] for row in demo(IMAGES) if row["url"] == KOALA)


def test_without_its_encoder_a_text_is_not_searched_and_the_page_says_what_to_do(at):
    page = at("/search?q=hens").page
    assert "realsyn models fetch" in page.locator("main").inner_text()


def test_an_image_finds_what_looks_like_it_and_not_itself(at, koala, demo):
    page = at(f"/search?image={koala}").page
    links = (
        page.locator(".grid").nth(1).locator("a").evaluate_all("all => all.map(a => a.pathname)")
    )
    known = {f"/image/{row['image_id']}" for row in demo(IMAGES)}
    assert len(links) == 48 and set(links) <= known
    assert f"/image/{koala}" not in links


def test_an_image_finds_sentences(at, koala):
    page = at(f"/search?image={koala}&for=sentences").page
    assert page.locator(".rows li").count() == 48


def test_the_page_of_an_image_has_its_four_texts_and_its_tiers(at, koala, demo):
    page = at(f"/image/{koala}").page
    pair = next(row for row in demo(PAIRS) if row["image_id"] == koala)
    for text in (pair["text1"], pair["text2"], pair["text3"], pair["syn_text"]):
        assert page.get_by_text(text, exact=True).count() >= 1, text


def test_a_group_shows_all_its_members_and_marks_the_one_kept(at, demo):
    rows = [row for row in demo(IMAGE_DUPLICATES) if row["kind"] == "perceptual"]
    page = at("/groups/images/perceptual").page
    page.locator(".grid a").first.click()
    page.wait_for_url("**/group/images/perceptual/*")
    component = int(page.url.rsplit("/", 1)[1])
    members = [row for row in rows if row["component_id"] == component]
    assert page.locator(".grid li").count() == len(members)
    kept = page.locator(".grid li.best a").get_attribute("href")
    assert kept == f"/image/{members[0]['representative_id']}"
    page.get_by_role("link", name="Next group").click()
    page.wait_for_url(lambda url: not url.endswith(str(component)))


def test_a_document_is_walked_with_every_sentence_and_its_fate(at, demo):
    document = next(row for row in demo(DOCUMENTS) if row["url"] == "farm/hens.html")
    page = at(f"/documents?q={document['url']}").page
    page.locator(".rows a").first.click()
    page.wait_for_selector(".walk")
    sentences = {s for item in document["items"] for s in item["sentences"] or []}
    shown = page.locator(".walk").inner_text()
    assert all(sentence in shown for sentence in sentences)
    reasons = {row["text"]: row["drop_reason"] for row in demo(SENTENCES)}
    dropped = [s for s in sentences if reasons[s] is not None]
    assert dropped
    for sentence in dropped:
        line = page.locator(".walk ul li", has_text=sentence).first
        assert reasons[sentence] in line.inner_text()
    assert page.locator(".walk img").count() == document["image_count"]


def test_a_limit_that_is_moved_is_recounted_at_once(at, demo):
    found = at("/thresholds/sentences")
    page, rows = found.page, demo(SENTENCES)
    kept = sum(row["drop_reason"] is None for row in rows)
    assert page.locator("#kept-then").inner_text() == f"{kept:,}"
    slider = page.get_by_label("most perplexity, slider")
    slider.focus()
    for _ in range(10):  # by keyboard: ten steps of five
        slider.press("ArrowLeft")
    wanted = sum(row["drop_reason"] is None and row["perplexity"] <= 150 for row in rows)
    assert wanted < kept
    expect(page.locator("#kept-then")).to_have_text(f"{wanted:,}")
    assert "--set sentences.max_perplexity=150" in page.locator("#result").inner_text()
    assert "max_perplexity=150" in page.url
    # A trial that is overtaken by the next is given up.
    assert [fault for fault in found.faults if "part=1" not in fault] == []


def test_a_looser_limit_says_what_later_rules_have_not_judged(at, demo):
    page = at("/thresholds/sentences?min_entropy_bits=0").page
    rows = demo(SENTENCES)
    back = sum(row["drop_reason"] == "low_entropy" for row in rows)
    assert back > 0
    assert f"{back:,} more would go on to later rules" in page.locator("#result").inner_text()


@pytest.mark.parametrize("path", ["/", "/search", "/documents", "/thresholds/pairs",
                                  "/groups/images/semantic", "/groups/sentences/perceptual"])  # fmt: skip
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_have_no_fault_and_no_barrier(at, path, scheme):
    found = at(path, color_scheme=scheme)
    assert found.faults == []
    assert found.barriers() == []


@pytest.mark.parametrize(
    "path", ["/", "/search", "/thresholds/images", "/groups/images/perceptual"]
)
def test_on_a_phone_nothing_scrolls_sideways(at, path):
    found = at(path, viewport=PHONE)
    assert not found.scrolls_sideways()

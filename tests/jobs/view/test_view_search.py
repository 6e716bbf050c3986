"""realsyn view on the demo, in a browser: a text, by the encoder that embedded the run."""

import numpy as np
import pytest

from realsyn_lib.tables import IMAGE_EMBEDDINGS
from tests.browser import PHONE
from udfs.models.load_encoder import load_encoder

pytestmark = [pytest.mark.demo, pytest.mark.models]


@pytest.fixture(scope="module")
def address(demo_warehouse, models, serve, tmp_path_factory):
    return serve(demo_warehouse, "--cache", tmp_path_factory.mktemp("cache"))


def test_a_text_finds_images_of_it(at):
    found = at("/")
    found.page.fill("input[name=q]", "a koala in a tree")
    found.page.press("input[name=q]", "Enter")
    page = found.page
    page.wait_for_selector(".grid li", timeout=120_000)
    first = page.locator(".grid li").first
    assert "koala" in (first.inner_text() + first.locator("img").get_attribute("alt")).lower()
    drawn = "image => image.decode().then(() => image.naturalWidth)"
    assert page.locator(".grid img").first.evaluate(drawn) > 100


def test_the_order_is_that_of_the_runs_own_vectors(at, models, demo):
    text = "two hens on a farm"
    page = at(f"/search?q={text}").page
    asked = load_encoder(models, "bridge").embed_texts([text])[0].astype(np.float64)
    rows = [row for row in demo(IMAGE_EMBEDDINGS) if row["embedding"] is not None]
    cosines = {
        row["image_id"]: float(np.frombuffer(row["embedding"], "<f2").astype(np.float64) @ asked)
        for row in rows
    }
    best = sorted(cosines, key=lambda id: (-cosines[id], id))[:48]
    links = page.locator(".grid li > a").evaluate_all("all => all.map(a => a.pathname)")
    assert links == [f"/image/{id}" for id in best]
    assert page.locator(".grid strong").first.inner_text() == f"{cosines[best[0]]:.3f}"


def test_a_text_finds_sentences_near_it(at):
    page = at("/search?for=sentences&q=The koala sleeps most of the day.").page
    assert "koala" in page.locator(".rows li").first.inner_text().lower()


def test_a_text_without_letters_is_refused_and_one_that_is_too_long(at):
    assert "expected 1 to 500" in at("/search?q=%E2%80%8B").page.locator("main").inner_text()
    assert "expected 1 to 500" in at(f"/search?q={'a' * 501}").page.locator("main").inner_text()


@pytest.mark.parametrize("options", [{}, {"color_scheme": "dark"}, {"viewport": PHONE}])
def test_answers_have_no_fault_no_barrier_and_fit(at, options):
    found = at("/search?q=hens", **options)
    assert found.faults == []
    assert found.barriers() == []
    assert not found.scrolls_sideways()

"""Pages: what comes from outside is text and nothing else."""

import pytest

from realsyn_lib.view.content import Fate, ImageCard, Page, ended
from realsyn_lib.view.render import Pages, line, link, web_address

HOSTILE = '"><img src=x onerror=alert(1)><script>alert(2)</script>'
COMMON = {"warehouse": HOSTILE, "path": "/", "query": {}, "has_changed": False}


def test_a_hostile_title_is_shown_and_does_not_become_markup():
    rows = [{"document_id": 7, "url": "javascript:alert(3)", "title": HOSTILE, "image_count": 1,
             "sentence_count": 2, "drop_reason": None}]  # fmt: skip
    page = Pages().page(
        "documents.html", COMMON | {"text": HOSTILE, "rows": rows, "page": Page(0, False)}
    )
    assert "<script" not in page and "<img" not in page
    assert "&lt;script&gt;alert(2)&lt;/script&gt;" in page
    assert 'href="javascript:' not in page


def test_an_image_names_itself_by_its_alt_text_else_by_its_address():
    fate = ended("filter_images", "too_small")
    cards = [ImageCard(1, "a.jpg", None, fate), ImageCard(2, "b.jpg", "A hen", fate)]
    origin = {"text": "", "target": "images", "origin": None}

    class Found:
        images, sentences, rows = cards, (), 2

    page = Pages().page("search.html", COMMON | origin | {"found": Found()})
    assert 'alt="a.jpg"' in page and 'alt="A hen"' in page
    assert page.count("too_small") == 2


def test_a_letter_that_reorders_others_is_written_out():
    assert line("safe\u202egpj.exe") == "safe\\u202egpj.exe"
    assert line("x" * 700).endswith("…") and len(line("x" * 700)) == 600


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "a.jpg", None]
)
def test_only_web_addresses_are_links(url):
    assert web_address(url) is None


def test_a_web_address_is_a_link():
    assert web_address("HTTPS://example.org/a") == "HTTPS://example.org/a"


def test_a_query_is_encoded():
    assert link("/search", q="a&b=c", page=None) == "/search?q=a%26b%3Dc"


def test_reasons_of_the_two_lists_have_their_outcome():
    assert ended("filter_images", "too_small").outcome == "dropped"
    assert ended("filter_images", "truncated").outcome == "quarantined"
    assert Fate("kept", "balance_pairs").meaning == ""

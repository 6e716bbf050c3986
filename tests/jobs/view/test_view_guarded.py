"""realsyn view on a warehouse of hostile texts: who is let in, and what can run."""

import http.client
import io
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image
from published_rows import publish

from realsyn_lib.embeddings import binary_of
from realsyn_lib.tables import (
    DOCUMENTS,
    FETCHES,
    IMAGE_BYTES,
    IMAGE_EMBEDDINGS,
    IMAGES,
    IMAGES_FOUND,
    PAIRS,
    SENTENCES,
    SENTENCES_FOUND,
)

HOSTILE = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>document.title='owned'</script></svg>"


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    """One document whose every text is hostile, with a sound picture, one that is SVG, one refused."""
    folder = tmp_path_factory.mktemp("warehouse")
    png = io.BytesIO()
    Image.new("RGB", (200, 120), (200, 30, 30)).save(png, "PNG")
    items = [
        {"position": 0, "kind": "image", "text": None, "sentences": None, "url": "a", "raw_url": HOSTILE,
         "alt_text": HOSTILE, "url_reason": None},
        {"position": 1, "kind": "text", "text": HOSTILE, "sentences": [HOSTILE], "url": None, "raw_url": None,
         "alt_text": None, "url_reason": None},
        {"position": 2, "kind": "image", "text": None, "sentences": None, "url": None,
         "raw_url": "javascript:alert(1)", "alt_text": HOSTILE, "url_reason": "bad_url"},
    ]  # fmt: skip
    ids, urls = [1, 2], ["javascript:document.title='owned'", f"https://e.example/{HOSTILE}"]
    vectors = np.eye(2, 8, dtype=np.float16)
    publish(folder, {
        DOCUMENTS: [{"document_id": [5], "source": ["s"], "locator": [HOSTILE], "url": [urls[0]],
                     "title": [HOSTILE], "image_count": [2], "sentence_count": [1], "items": [items]}],
        IMAGES_FOUND: [{"document_id": [5, 5, 5], "position": [0, 3, 2], "image_id": [1, 2, None],
                        "url": [*urls, None], "raw_url": [HOSTILE] * 3, "alt_text": [HOSTILE] * 3,
                        "drop_reason": [None, None, "bad_url"]}],
        SENTENCES_FOUND: [{"document_id": [5], "position": [1], "sentence_no": [0], "sentence_id": [11],
                           "text": [HOSTILE]}],
        FETCHES: [{"image_id": ids, "url": urls}],
        IMAGE_BYTES: [{"image_id": ids, "url": urls, "bytes": [png.getvalue(), SVG]}],
        IMAGES: [{"image_id": ids, "url": urls, "alt_text": [HOSTILE, None], "document_id": [5, 5],
                  "position": [0, 3], "occurrence_count": [1, 1], "width_px": [200, None],
                  "height_px": [120, None], "format": ["png", None],
                  "drop_reason": [None, "format_refused"], "detail": [HOSTILE, HOSTILE]}],
        IMAGE_EMBEDDINGS: [{"image_id": ids, "embedding": binary_of(vectors)}],
        SENTENCES: [{"sentence_id": [11], "document_id": [5], "position": [1], "occurrence_count": [1],
                     "text": [HOSTILE], "drop_reason": ["url"]}],
        PAIRS: [{"image_id": [1], "raw_image_url": [urls[0]], "text1": [HOSTILE]}],
    })  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def address(warehouse, serve):
    return serve(warehouse)


def asked(address, path="/", method="GET", **headers):
    """One request as a program makes it; the answer with its body read."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    answer.text = answer.read().decode("utf-8", "replace")
    connection.close()
    return answer


def signed_in(address):
    answer = asked(address, f"/?{urlsplit(address).query}")
    assert answer.status == 303 and answer.getheader("Location") == "/"
    cookie = answer.getheader("Set-Cookie")
    assert "HttpOnly" in cookie and "samesite=lax" in cookie.lower()
    return {"Cookie": cookie.split(";")[0]}


@pytest.mark.parametrize("path", ["/", "/picture/160/1", "/view.js", "/nothing", "/?token=wrong"])
def test_without_the_token_nothing_is_shown(address, path):
    answer = asked(address, path)
    assert answer.status == 403 and "token" in answer.text


def test_a_wrong_cookie_is_no_token(address):
    name = signed_in(address)["Cookie"].split("=")[0]
    assert asked(address, Cookie=f"{name}=wrong").status == 403


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "localhost.evil.example"])
def test_a_foreign_host_is_refused_even_with_the_token(address, host):
    assert asked(address, **signed_in(address), Host=host).status == 400


def test_a_tunnel_may_have_another_port(address):
    assert asked(address, **signed_in(address), Host="localhost:9999").status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_nothing_can_be_changed(address, method):
    assert asked(address, method=method, **signed_in(address)).status == 405


@pytest.mark.parametrize("path", ["/", "/picture/160/1", "/picture/160/2", "/view.js", "/nothing"])
def test_every_answer_tells_the_browser_what_it_may_not_do(address, path):
    answer = asked(address, path, **signed_in(address))
    assert "default-src 'none'" in answer.getheader("Content-Security-Policy")
    assert answer.getheader("X-Content-Type-Options") == "nosniff"
    assert answer.getheader("Access-Control-Allow-Origin") is None


def test_a_picture_is_drawn_anew_as_jpeg_and_an_svg_is_none(address):
    cookie = signed_in(address)
    drawn, svg = (asked(address, f"/picture/160/{id}", **cookie) for id in (1, 2))
    assert drawn.status == 200 and drawn.getheader("Content-Type") == "image/jpeg"
    assert svg.status == 404 and "svg" not in svg.text


@pytest.mark.parametrize(
    "path", ["/image/x", "/image/99", "/image/99999999999999999999", "/document/4", "/groups/x/y",
             "/thresholds/drop", "/thresholds/sentences?min_words=1;drop", "/search?for=x",
             "/picture/7/1", "/group/images/perceptual/1"],
)  # fmt: skip
def test_what_is_not_there_is_not_found(address, path):
    assert asked(address, path, **signed_in(address)).status == 404


@pytest.mark.parametrize(
    "path",
    ["/documents", "/document/5", "/image/1", "/image/2", "/sentence/11", "/search?image=1",
     "/thresholds/sentences?min_words=0", "/documents?q=%3Cscript%3Edocument.title='owned'%3C/script%3E"],
)  # fmt: skip
def test_hostile_texts_are_shown_and_do_not_run(address, visit, path):
    found = visit(address)
    page = found.page
    page.goto(address.split("/?")[0] + path, wait_until="networkidle", timeout=60_000)
    assert page.title() != "owned"
    assert page.locator("main script, main [onerror]").count() == 0
    links = page.locator("a").evaluate_all("all => all.map(a => a.href)")
    assert [
        link for link in links if not link.startswith(("http://127.0.0.1:", "https://e.example/"))
    ] == []
    assert [url for url in found.requests if not url.startswith("http://127.0.0.1:")] == []


def test_the_last_page_of_a_hostile_document_names_the_refused_image(address, visit):
    page = visit(address).page
    page.goto(address.split("/?")[0] + "/document/5")
    assert page.locator(".walk > li").nth(2).locator(".chip").inner_text() == "bad_url"
    assert page.locator(".walk > li").nth(1).locator(".chip").inner_text() == "url"


def test_an_encoder_that_is_none_of_ours_is_named_where_a_text_is_asked(address):
    answer = asked(address, "/search?q=hens", **signed_in(address))
    assert answer.status == 503 and "REALSYN_MODELS_FILE" in answer.text

"""MINT-1T and OmniCorpus rows: items in order, and what a row is refused for."""

import json

import pytest

from realsyn_lib.documents import ImageItem, Paragraph
from realsyn_lib.sources.mint1t import parse_mint1t
from realsyn_lib.sources.omnicorpus import parse_omnicorpus

URL = "https://news.example/harbour"
IMAGES = [None, "https://news.example/boat.jpg", None, None]
GENERAL = json.dumps({"url": URL})
TEXTS = ["Boats wait.\n\nThe tide is low.", None, None, "They leave at noon."]


def mint1t(images=IMAGES, texts=TEXTS, general=GENERAL, metadata="anything"):
    return parse_mint1t("part.parquet", "7", images, texts, metadata, general)


def omnicorpus(images=IMAGES, texts=TEXTS, general=None):
    general = {"url": URL} if general is None else general
    return parse_omnicorpus("part.parquet", "7", images, texts, general)


@pytest.mark.parametrize("parse", [mint1t, omnicorpus])
def test_a_row_is_its_images_and_paragraphs_in_order(parse):
    found = parse()
    assert (found.reason, found.url, found.locator) == (None, URL, "7")
    boat = "https://news.example/boat.jpg"
    assert found.items == (
        Paragraph("Boats wait."),
        Paragraph("The tide is low."),
        ImageItem(boat, boat, None, None),
        Paragraph("They leave at noon."),
    )


@pytest.mark.parametrize("parse", [mint1t, omnicorpus])
@pytest.mark.parametrize(("images", "texts", "reason"), [
    (None, ["a"], "length_mismatch"), (["a.png"], None, "length_mismatch"),
    (["a.png", None], ["a"], "length_mismatch"), (["a.png"], ["a"], "position_conflict"),
])  # fmt: skip
def test_slots_that_do_not_fit_are_a_reason(parse, images, texts, reason):
    assert parse(images=images, texts=texts).reason == reason


@pytest.mark.parametrize(("general", "reason"), [
    (None, "bad_metadata"), ("{", "bad_metadata"), ("[" * 100_000, "bad_metadata"),
    ("[]", "bad_metadata"), ("{}", "bad_metadata"), ('{"url": 3}', "bad_metadata"),
    ('{"url": "file:///etc/passwd"}', "bad_url"),
])  # fmt: skip
def test_mint1t_rows_without_a_page_are_a_reason(general, reason):
    assert mint1t(general=general).reason == reason


@pytest.mark.parametrize(("general", "reason"), [
    ({}, "bad_metadata"), ({"url": None}, "bad_metadata"), ({"url": ""}, "bad_metadata"),
    ("https://news.example", "bad_metadata"), ({"url": "javascript:alert(1)"}, "bad_url"),
])  # fmt: skip
def test_omnicorpus_rows_without_a_page_are_a_reason(general, reason):
    assert omnicorpus(general=general).reason == reason


def test_an_omnicorpus_row_of_null_metadata_is_a_reason():
    assert parse_omnicorpus("p", "0", ["a.png"], [None], None).reason == "bad_metadata"

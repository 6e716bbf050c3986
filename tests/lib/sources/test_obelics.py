"""An OBELICS row becomes a document, or is refused by a named reason."""

import json

import pytest

from realsyn_lib.documents import ImageItem
from realsyn_lib.sources.obelics import END_OF_DOCUMENT, parse_obelics

PAGE = json.dumps({"url": "http://Example.com:80/page#x"})


def parse(images, texts, metadata=None, general=PAGE):
    if metadata is None:
        metadata = json.dumps([{"alt_text": "a cat"} if image else None for image in images])
    return parse_obelics("part.parquet", "7", images, texts, metadata, general)


def test_images_and_paragraphs_keep_their_order():
    document = parse(["images/a.jpg", None, None], [None, "One.\n\nTwo\nlines.", None])
    image, first, second = document.items
    assert isinstance(image, ImageItem)
    assert (image.url, image.alt_text) == ("images/a.jpg", "a cat")
    assert (first.text, second.text) == ("One.", "Two\nlines.")
    assert document.url == "http://example.com/page"


def test_a_relative_image_resolves_under_the_root_not_against_the_page():
    document = parse(["images/a.jpg"], [None], general=json.dumps({"url": "deep/er/page.html"}))
    assert document.url == "deep/er/page.html"
    assert document.items[0].url == "images/a.jpg"


def test_the_end_of_document_token_parts_texts_and_is_dropped():
    document = parse([None], [f"One.{END_OF_DOCUMENT}Two."])
    assert [item.text for item in document.items] == ["One.", "Two."]


def test_the_page_address_may_stand_in_an_images_metadata():
    metadata = json.dumps([{"document_url": "http://example.com/p"}])
    assert parse(["a.jpg"], [None], metadata, general=None).url == "http://example.com/p"


def test_a_lone_surrogate_in_the_metadata_becomes_a_replacement():
    document = parse(["a.jpg"], [None], '[{"alt_text": "x\\ud800y"}]')
    assert document.items[0].alt_text == "x\ufffdy"


REFUSED = [
    ((["a.jpg"], [None, "x"]), "length_mismatch"),
    ((None, ["x"], "[null]"), "length_mismatch"),
    ((["a.jpg"], [None], "[]"), "length_mismatch"),
    ((["a.jpg"], ["both"]), "position_conflict"),
    (([None], ["x"], "{"), "bad_metadata"),
    (([None], ["x"], "{}"), "bad_metadata"),
    (([None], ["x"], "[1]"), "bad_metadata"),
    (([None], ["x"], "[" * 100_000), "bad_metadata"),
    (([None], ["x"], "[null]", "[]"), "bad_metadata"),
    (([None], ["x"], "[null]", "not json"), "bad_metadata"),
    (([None], ["x"], "[null]", "{}"), "bad_metadata"),
    (([None], ["x"], "[null]", '{"url": 5}'), "bad_metadata"),
    (([None], ["x"], "[null]", '{"url": "file:///etc/passwd"}'), "bad_url"),
    (([None], ["x"], "[null]", '{"url": "../out.html"}'), "bad_url"),
]


@pytest.mark.parametrize(("row", "reason"), REFUSED)
def test_a_broken_row_is_refused_by_name(row, reason):
    document = parse(*row)
    assert (document.reason, document.items) == (reason, ())
    assert document.url == "part.parquet#7"

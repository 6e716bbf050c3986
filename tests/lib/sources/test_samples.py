"""Members that belong together, and the documents of pictures and of img2dataset's samples."""

import json

import pytest

from realsyn_lib.documents import Document, ImageItem, Paragraph
from realsyn_lib.sources.formats import FORMATS
from realsyn_lib.sources.images import IMAGES_LAYOUT, parse_images
from realsyn_lib.sources.img2dataset import IMG2DATASET_LAYOUT, parse_img2dataset
from realsyn_lib.sources.mint1t import parse_mint1t_sample

PLACE = "00000.tar?member=000000001.jpg&offset=512&size=9"


@pytest.mark.parametrize(
    ("name", "grouped", "alone"),
    [
        ("a/b.jpg", ("a/b", "jpg"), ("a/b.jpg", "jpg")),
        ("a.b/c.JPEG", ("a.b/c", "jpeg"), ("a.b/c.JPEG", "jpeg")),
        ("a/b.seg.png", None, ("a/b.seg.png", "png")),
        ("a/b.txt", ("a/b", "txt"), None),
        ("a/b.cls", None, None),
        ("._a.jpg", None, None),
        ("a/jpg", None, None),
        ("", None, None),
    ],
)
def test_key_and_kind_of_a_name(name, grouped, alone):
    assert IMG2DATASET_LAYOUT.place_of(name) == grouped
    assert IMAGES_LAYOUT.place_of(name) == alone


def member(kind: str, data: bytes | None = None, offset: int | None = 512, size: int = 9):
    name = f"000000001.{kind}"
    return {"kind": kind, "name": name, "offset": offset, "size": size, "data": data}


def record(*members, source: str = "00000.tar", locator: str = "7"):
    return {"source": source, "locator": locator, "members": list(members)}


def sample(said: bytes | None = None, **facts) -> Document:
    members = [member("jpg")]
    members += [member("txt", said)] if said is not None else []
    members += [member("json", json.dumps(facts).encode())] if facts else []
    return parse_img2dataset(record(*members))


def test_a_picture_is_a_document_without_text_known_by_its_place():
    found = parse_images(record(member("jpg")))
    image = ImageItem(PLACE, PLACE, None, None)
    assert found == Document("00000.tar", "7", PLACE, None, (image,))


def test_a_picture_of_a_folder_is_known_by_its_path():
    alone = {**member("jpg", offset=None), "name": "n014/cat.jpg"}
    found = parse_images(record(alone, source="n014/cat.jpg", locator=""))
    assert found.url == "n014/cat.jpg" and found.items == (
        ImageItem("n014/cat.jpg", "n014/cat.jpg", None, None),
    )


def test_a_fetched_picture_keeps_its_url_and_the_document_says_where_it_lies():
    found = sample(b"A cat.\n\nIt sleeps.", url="HTTP://Example.com/cat.jpg", caption="unused")
    assert (found.url, found.reason) == (PLACE, None)
    assert found.items == (
        ImageItem("HTTP://Example.com/cat.jpg", "http://example.com/cat.jpg", None,
                  "A cat. It sleeps."),
        Paragraph("A cat."),
        Paragraph("It sleeps."),
    )  # fmt: skip


@pytest.mark.parametrize("url", [None, "", 7, "file:///etc/passwd", "../cat.jpg", "cat.jpg"])
def test_without_a_web_url_the_place_is_the_address(url):
    found = sample(url=url, caption="A cat.")
    assert found.items == (ImageItem(PLACE, PLACE, None, "A cat."), Paragraph("A cat."))


def test_a_sample_without_any_text_has_its_picture_alone():
    assert sample().items == (ImageItem(PLACE, PLACE, None, None),)


@pytest.mark.parametrize(
    ("members", "reason", "told"),
    [
        ([member("txt", b"A cat.")], "empty_document", "no picture beside txt"),
        ([member("jpg"), member("json", b"{")], "bad_metadata", "json: "),
        ([member("jpg"), member("json", b"[1]")], "bad_metadata", "json is list"),
        ([member("jpg"), member("json", b"[" * 10**5)], "bad_metadata", "json: "),
        ([{**member("jpg"), "name": "x" * 9000}], "bad_url", "an address of 9"),
    ],
)
def test_a_broken_sample_says_what_it_lacks(members, reason, told):
    found = parse_img2dataset(record(*members))
    assert found.reason == reason and (found.detail or "").startswith(told)


def page(*kinds: str, **facts) -> Document:
    known = {"json": member("json", json.dumps(facts).encode()), "tiff": member("tiff", size=90)}
    return parse_mint1t_sample(record(*(known[kind] for kind in kinds)))


def test_pictures_of_a_pdf_are_numbered_in_the_order_in_which_the_page_names_them():
    found = page(
        "json", "tiff", url="http://example.com/a.pdf",
        images=["page_0_image_85", None, None, "page_2_image_7"], texts=[None, "One.", None, None],
    )  # fmt: skip
    place = "00000.tar?member=000000001.tiff&offset=512&size=90&frame="
    assert (found.url, found.reason) == ("http://example.com/a.pdf", None)
    assert found.items == (
        ImageItem("page_0_image_85", place + "0", None, None),
        Paragraph("One."),
        ImageItem("page_2_image_7", place + "1", None, None),
    )
    alone = page("json", images=[None], texts=["One."])
    assert alone.url == "00000.tar?member=000000001.json&offset=512&size=9"
    assert alone.items == (Paragraph("One."),)


@pytest.mark.parametrize(
    ("kinds", "facts", "reason"),
    [
        (("tiff",), {}, "bad_metadata"),
        (("json",), {"images": ["a"], "texts": [None]}, "bad_metadata"),
        (("json", "tiff"), {"images": ["a"]}, "length_mismatch"),
        (("json", "tiff"), {"images": ["a"], "texts": ["b"]}, "position_conflict"),
        (("json", "tiff"), {"images": "ab", "texts": ["a", "b"]}, "bad_metadata"),
        (("json", "tiff"), {"images": [7], "texts": [None]}, "bad_metadata"),
        (("json", "tiff"), {"images": [], "texts": [], "url": "file:///x"}, "bad_url"),
    ],
)
def test_a_page_that_is_not_as_published_says_why(kinds, facts, reason):
    assert page(*kinds, **facts).reason == reason


def test_one_format_reads_rows_of_tables_and_samples_of_archives():
    form = FORMATS["mint1t"]
    sample = record(member("json", b'{"images": [null], "texts": ["One."]}'))
    assert form.parse(sample).items == (Paragraph("One."),)
    row = {"source": "p", "locator": "0", "images": [None], "texts": ["Two."], "metadata": None,
           "general_metadata": '{"url": "http://x/"}', "members": None}  # fmt: skip
    assert form.parse(row).items == (Paragraph("Two."),)
    assert (form.size_bytes(row), form.size_bytes(sample)) == (24, 37)

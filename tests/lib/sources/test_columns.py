"""A table of one's own: which columns a mapping needs, and what a row becomes."""

import pyarrow as pa
import pytest

from realsyn_lib.documents import ImageItem, Paragraph
from realsyn_lib.errors import SettingError
from realsyn_lib.sources.columns import own_columns
from realsyn_lib.sources.formats import source_format
from realsyn_lib.sources.options import SourceOptions, format_for
from realsyn_lib.sources.stored_pictures import PICTURE

DOCUMENTS = {"images": "pics", "texts": "texts", "url": "page", "alt_texts": "alts"}
BOAT, NET = ImageItem("a.jpg", "a.jpg", None, "A boat"), ImageItem("b.jpg", "b.jpg", None, None)


def parsed(**row):
    return source_format("columns").parse({"source": "d/part.parquet", "locator": "7", **row})


def test_a_mapping_says_which_columns_of_which_types_files_must_have():
    lists = pa.list_(pa.string())
    assert own_columns(DOCUMENTS) == pa.schema(
        [("page", pa.string()), ("pics", lists), ("texts", lists), ("alts", lists)]
    )
    assert own_columns({"text": "my text"}) == pa.schema([("my text", pa.string())])


@pytest.mark.parametrize(("names", "words"), [
    ({}, "that names nothing"), ({"url": "u"}, "names url; expected images and texts"),
    ({"images": "i"}, "names images; expected"), ({"images": "i", "texts": "t", "text": "s"}, "expected"),
    ({"text": "t", "url": "u"}, "expected"), ({"alt_text": "a"}, "expected"),
    ({"text": "t", "alt_text": "a"}, "expected"), ({"text": "t", "image_url": "t"}, "a column of its own"),
    ({"image": "i", "image_url": "u", "text": "t"}, "name one of the two"),
    ({"image": "i", "images": "p", "texts": "t"}, "expected"), ({"image": "i", "url": "u"}, "expected"),
])  # fmt: skip
def test_a_mapping_that_fits_no_kind_of_row_is_refused(names, words):
    with pytest.raises(SettingError, match=words):
        own_columns(names)


def test_a_row_of_slots_is_a_document_with_its_page():
    row = {"images": ["a.jpg", None, "b.jpg"], "texts": [None, "One.\n\nTwo.", None],
           "url": "HTTP://A.example:80/p#x", "alt_texts": ["A boat", None, None]}  # fmt: skip
    found = parsed(**row)
    assert (found.url, found.reason) == ("http://a.example/p", None)
    assert found.items == (BOAT, Paragraph("One."), Paragraph("Two."), NET)


@pytest.mark.parametrize(("row", "reason"), [
    ({"images": ["a.jpg"], "texts": []}, "length_mismatch"),
    ({"images": None, "texts": []}, "length_mismatch"),
    ({"images": ["a.jpg"], "texts": ["x"]}, "position_conflict"), ({"url": None}, "bad_url"),
    ({"alt_texts": ["x", "y"]}, "length_mismatch"), ({"url": "ftp://a.example"}, "bad_url"),
])  # fmt: skip
def test_a_row_that_cannot_be_used_says_why(row, reason):
    sound = {"images": ["a.jpg"], "texts": [None], "url": "http://a.example/", "alt_texts": None}
    assert parsed(**sound).reason is None
    found = parsed(**sound | row)
    assert (found.reason, found.url) == (reason, "d/part.parquet#7")


@pytest.mark.parametrize(("row", "items"), [
    ({"image_url": "a.jpg", "text": "One.", "alt_text": "A boat"}, (BOAT, Paragraph("One."))),
    ({"image_url": "b.jpg", "text": None, "alt_text": None}, (NET,)),
    ({"image_url": "", "text": "One.", "alt_text": "unused"}, (Paragraph("One."),)),
    ({"image_url": None, "text": " ", "alt_text": None}, ()),
])  # fmt: skip
def test_a_row_of_a_pair_is_its_image_and_then_its_text(row, items):
    found = parsed(**row)
    assert (found.url, found.items) == ("d/part.parquet/7", items)


def test_a_row_with_a_picture_names_itself_and_one_without_has_no_image():
    place = "d/part.parquet?row=7"
    found = parsed(image=True, text="One.", alt_text="A boat", sha256="AB" * 32)
    image = ImageItem(place, place, None, "A boat", sha256="ab" * 32)
    assert (found.url, found.items) == ("d/part.parquet/7", (image, Paragraph("One.")))
    assert parsed(image=False, text="One.", alt_text="unused").items == (Paragraph("One."),)
    assert parsed(image=None).items == ()


def test_pictures_may_stand_alone_and_count_no_letters():
    assert own_columns({"image": "img"}) == pa.schema([("img", PICTURE)])
    assert own_columns({"image": "i", "sha256": "s", "alt_text": "a"}).names == ["i", "a", "s"]
    size = source_format("columns").size_bytes
    assert size({"source": "s", "locator": "1", "image": True, "text": "abc"}) == 3


def test_a_row_is_measured_by_its_letters():
    size = source_format("columns").size_bytes
    assert size({"source": "s", "images": ["abc", None], "texts": [None, "de"]}) == 5
    assert size({"source": "s", "images": None, "texts": None}) == 0


def test_columns_of_any_name_are_known_by_their_part():
    form = format_for("columns", SourceOptions(columns=(("text", "my.text"),)))
    assert (form.columns.names, form.parts) == (["my.text"], {"my.text": "text"})


def test_a_digest_stands_beside_its_image_in_lower_case():
    row = {"images": ["a.jpg", None], "texts": [None, "x"], "sha256s": ["AB" * 32, None]}
    image, text = parsed(**row, url="http://a.example/").items
    assert (image.sha256, text) == ("ab" * 32, Paragraph("x"))
    (pair,) = parsed(image_url="a.jpg", sha256="cd" * 32).items
    assert pair.sha256 == "cd" * 32
    assert parsed(image_url="a.jpg", sha256=None).items[0].sha256 is None


@pytest.mark.parametrize("row", [
    {"image_url": "a.jpg", "sha256": "ab"}, {"image_url": "a.jpg", "sha256": "xy" * 32},
    {"images": ["a.jpg"], "texts": [None], "sha256s": ["ab" * 33]},
])  # fmt: skip
def test_what_is_no_digest_is_told_and_not_passed_over(row):
    found = parsed(**row)
    assert found.reason == "bad_metadata" and "expected 64 hex digits" in found.detail


def test_a_digest_without_an_image_column_is_refused():
    with pytest.raises(SettingError, match="sha256 of the image"):
        own_columns({"text": "t", "sha256": "s"})

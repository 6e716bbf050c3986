"""A table of one's own: which columns a mapping needs, and what a row becomes."""

import pyarrow as pa
import pytest

from realsyn_lib.documents import ImageItem, Paragraph
from realsyn_lib.errors import SettingError
from realsyn_lib.sources.columns import own_columns
from realsyn_lib.sources.options import SourceOptions, format_for

DOCUMENTS = {"images": "pics", "texts": "texts", "url": "page", "alt_texts": "alts"}
PAIRS = {"image_url": "URL", "text": "TEXT", "alt_text": "ALT"}
BOAT, NET = ImageItem("a.jpg", "a.jpg", None, "A boat"), ImageItem("b.jpg", "b.jpg", None, None)


def parsed(names, **row):
    form = format_for("columns", SourceOptions(columns=tuple(names.items())))
    return form.parse({"source": "d/part.parquet", "locator": "7", **row})


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
    ({"text": "source"}, "none of them called"),
])  # fmt: skip
def test_a_mapping_that_fits_no_kind_of_row_is_refused(names, words):
    with pytest.raises(SettingError, match=words):
        own_columns(names)


def test_a_row_of_slots_is_a_document_with_its_page():
    row = {"pics": ["a.jpg", None, "b.jpg"], "texts": [None, "One.\n\nTwo.", None],
           "page": "HTTP://A.example:80/p#x", "alts": ["A boat", None, None]}  # fmt: skip
    found = parsed(DOCUMENTS, **row)
    assert (found.url, found.reason) == ("http://a.example/p", None)
    assert found.items == (BOAT, Paragraph("One."), Paragraph("Two."), NET)


@pytest.mark.parametrize(("row", "reason"), [
    ({"pics": ["a.jpg"], "texts": []}, "length_mismatch"), ({"pics": None, "texts": []}, "length_mismatch"),
    ({"pics": ["a.jpg"], "texts": ["x"]}, "position_conflict"), ({"page": None}, "bad_url"),
    ({"alts": ["x", "y"]}, "length_mismatch"), ({"page": "ftp://a.example"}, "bad_url"),
])  # fmt: skip
def test_a_row_that_cannot_be_used_says_why(row, reason):
    sound = {"pics": ["a.jpg"], "texts": [None], "page": "http://a.example/", "alts": None}
    assert parsed(DOCUMENTS, **sound).reason is None
    found = parsed(DOCUMENTS, **sound | row)
    assert (found.reason, found.url) == (reason, "d/part.parquet#7")


@pytest.mark.parametrize(("row", "items"), [
    ({"URL": "a.jpg", "TEXT": "One.", "ALT": "A boat"}, (BOAT, Paragraph("One."))),
    ({"URL": "b.jpg", "TEXT": None, "ALT": None}, (NET,)),
    ({"URL": "", "TEXT": "One.", "ALT": "unused"}, (Paragraph("One."),)),
    ({"URL": None, "TEXT": " ", "ALT": None}, ()),
])  # fmt: skip
def test_a_row_of_a_pair_is_its_image_and_then_its_text(row, items):
    found = parsed(PAIRS, **row)
    assert (found.url, found.items) == ("d/part.parquet/7", items)


def test_a_row_is_measured_by_its_letters():
    form = format_for("columns", SourceOptions(columns=(("images", "i"), ("texts", "t"))))
    assert form.size_bytes({"i": ["abc", None], "t": [None, "de"]}) == 5
    assert form.size_bytes({"i": None, "t": None}) == 0

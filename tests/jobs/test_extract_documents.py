"""Documents -> one row for each occurrence of an image and of a sentence."""

import pytest

from jobs.extract_documents import first_of_each_page, images_in, sentences_in
from realsyn_lib.ids import content_hash_id
from realsyn_lib.tables import DOCUMENTS
from tests.frames import frame, rows_of

pytestmark = pytest.mark.spark


def image(
    position: int, url: str | None, reason: str | None = None, raw: str = "raw",
    sha256: str | None = None,
):  # fmt: skip
    return (position, "image", None, None, url, raw, "a dog", reason, sha256)


def text(position: int, *sentences: str):
    return (position, "text", " ".join(sentences), list(sentences), None, None, None, None, None)


def document(number: int, *items, **more):
    counts = {"image_count": 0, "sentence_count": 0, "items": list(items)}
    return {"document_id": number, "source": "p", "locator": "", "url": "p", **counts, **more}


def test_images_keep_their_position_and_a_refused_address_has_no_id(spark):
    items = [image(0, "a.jpg", sha256="a1"), text(1, "It rains."), image(2, None, "file: scheme"),
             image(3, "b.jpg", "opt_out", sha256="b2")]  # fmt: skip
    found = images_in(frame(spark, DOCUMENTS, [document(7, *items)]))
    assert rows_of(found, "position", "image_id", "url", "drop_reason", "detail") == [
        (0, content_hash_id("a.jpg"), "a.jpg", None, None),
        (2, None, None, "bad_url", "file: scheme"),
        (3, content_hash_id("b.jpg"), "b.jpg", "opt_out", None),
    ]
    stated = rows_of(found, "position", "stated_sha256")
    assert stated == [(0, "a1"), (2, None), (3, None)]  # what is opted out leaves no trace


def test_sentences_are_numbered_inside_their_paragraph(spark):
    documents = [
        document(7, text(0, "It rains.", "It pours."), image(1, "a.jpg"), text(2, "It rains."))
    ]
    found = sentences_in(frame(spark, DOCUMENTS, documents))
    same = content_hash_id("It rains.")
    assert rows_of(found, "position", "sentence_no", "sentence_id", "text") == [
        (0, 0, same, "It rains."),
        (0, 1, content_hash_id("It pours."), "It pours."),
        (2, 0, same, "It rains."),
    ]


def test_nothing_is_found_in_a_document_with_a_reason(spark):
    refused = frame(spark, DOCUMENTS, [document(7, image(0, "a.jpg"), drop_reason="encoding")])
    assert images_in(refused).count() == sentences_in(refused).count() == 0


def test_of_two_rows_of_one_page_the_first_by_file_and_row_is_kept(spark):
    rows = [
        document(7, text(0, "New."), source="b", locator="1", sentence_count=1),
        document(7, text(0, "Old."), source="a", locator="2", sentence_count=1),
        document(7, source="a", locator="1", drop_reason="empty_document"),
        document(8, text(0, "Other."), source="b", locator="0", sentence_count=1),
    ]
    found = first_of_each_page(frame(spark, DOCUMENTS, rows))
    assert rows_of(found, "source", "locator", "sentence_count", "drop_reason") == [
        ("a", "1", 0, "empty_document"),
        ("a", "2", 1, None),
        ("b", "0", 1, None),
        ("b", "1", 0, "duplicate_document"),
    ]
    assert rows_of(sentences_in(found), "text") == [("Old.",), ("Other.",)]


def test_rows_of_one_page_are_ordered_by_number_not_by_letters(spark):
    rows = [
        document(7, text(0, "Row 10."), source="a", locator="10", sentence_count=1),
        document(7, text(0, "Row 9."), source="a", locator="9", sentence_count=1),
        document(7, text(0, "Row 1 of b."), source="b", locator="1", sentence_count=1),
    ]
    found = first_of_each_page(frame(spark, DOCUMENTS, rows))
    assert rows_of(found, "source", "locator", "sentence_count", "drop_reason") == [
        ("a", "10", 0, "duplicate_document"),
        ("a", "9", 1, None),
        ("b", "1", 0, "duplicate_document"),
    ]

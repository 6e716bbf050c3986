"""Documents become rows of the table ``documents``."""

import pytest
from nltk.tokenize.punkt import PunktParameters

from realsyn_lib.documents import (
    Document,
    DocumentLimits,
    Paragraph,
    document_rows,
    image_item,
    refused,
)
from realsyn_lib.ids import content_hash_id
from realsyn_lib.sentences.split import Splitter
from realsyn_lib.tables import DOCUMENTS

LIMITS = DocumentLimits(max_document_bytes=1000, max_items=4, max_sentences=5)


@pytest.fixture
def rows_of():
    """Rows of some documents; the splitter has no tables, so it knows no abbreviations."""
    splitter = Splitter(PunktParameters())
    return lambda *documents: document_rows(documents, splitter, LIMITS)


def document(*items):
    return Document("a.html", "", "a.html", "A title", items)


def test_a_row_holds_items_in_order_with_their_sentences(rows_of):
    image = image_item("x.jpg", "pages/a.html", "A  cat")
    batch = rows_of(document(Paragraph("A cat sat. It slept.\nOn a mat"), image))
    assert batch.schema == DOCUMENTS.arrow_schema()
    row = batch.to_pylist()[0]
    assert (row["image_count"], row["sentence_count"], row["drop_reason"]) == (1, 3, None)
    assert row["document_id"] == content_hash_id("a.html")
    first, second = row["items"]
    assert (first["position"], first["kind"]) == (0, "text")
    assert first["sentences"] == ["A cat sat.", "It slept.", "On a mat"]
    assert (second["position"], second["kind"], second["alt_text"]) == (1, "image", "A cat")
    assert (second["url"], second["raw_url"], second["sentences"]) == ("pages/x.jpg", "x.jpg", None)


def test_a_refused_image_address_is_kept_with_its_reason(rows_of):
    row = rows_of(document(image_item("file:///x", "a.html", None))).to_pylist()[0]
    assert row["items"][0]["url"] is None
    assert "scheme 'file'" in row["items"][0]["url_reason"]


def test_a_document_without_items_is_empty(rows_of):
    row = rows_of(document()).to_pylist()[0]
    assert (row["drop_reason"], row["items"]) == ("empty_document", [])


def test_a_bound_itself_is_still_read_and_one_more_is_refused_whole(rows_of):
    full, over = [Paragraph("One.")] * 4, [Paragraph("One.")] * 5
    rows = rows_of(document(*full), document(*over)).to_pylist()
    assert [row["drop_reason"] for row in rows] == [None, "document_too_large"]
    assert (rows[1]["items"], rows[1]["detail"]) == ([], "5 items, at most 4 are read")


def test_too_many_sentences_are_refused_whole(rows_of):
    rows = rows_of(document(Paragraph("One. " * 5)), document(Paragraph("One. " * 6))).to_pylist()
    assert [row["sentence_count"] for row in rows] == [5, 0]
    assert [row["drop_reason"] for row in rows] == [None, "document_too_large"]


def test_a_refused_input_has_an_id_of_its_own(rows_of):
    first, second = rows_of(
        refused("p.parquet", "1", "bad_metadata", "x" * 999),
        refused("p.parquet", "2", "encoding", None),
    ).to_pylist()
    assert first["document_id"] != second["document_id"]
    assert (first["drop_reason"], len(first["detail"])) == ("bad_metadata", 500)
    assert (first["title"], second["detail"]) == (None, None)


def test_rows_do_not_depend_on_how_documents_are_batched(rows_of):
    documents = [document(Paragraph(f"Number {n}. Next.")) for n in range(4)]
    together = rows_of(*documents).to_pylist()
    assert together == [row for one in documents for row in rows_of(one).to_pylist()]


def test_no_documents_give_no_rows(rows_of):
    assert rows_of().num_rows == 0


def test_a_refused_address_is_kept_without_its_password():
    item = image_item("https://jo:AKIAsecret@a.net/x.jpg", "", None)
    assert (item.url, item.raw_url) == (None, "https://a.net/x.jpg")
    assert item.refusal == "credentials in the address"

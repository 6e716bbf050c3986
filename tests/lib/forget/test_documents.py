"""Rows of documents lose what is named, and nothing else."""

import hashlib

import pyarrow as pa
import pytest
from nltk.tokenize.punkt import PunktParameters

from realsyn_lib.documents import Document, DocumentLimits, Paragraph, document_rows, image_item
from realsyn_lib.forget.documents import without_named
from realsyn_lib.opt_out import OptOut
from realsyn_lib.sentences.split import Splitter

LIMITS = DocumentLimits()


def digests(*values):
    return frozenset(hashlib.sha256(value.encode()).hexdigest() for value in values)


@pytest.fixture
def rows() -> pa.RecordBatch:
    def page(name, *items):
        return Document(name, "", name, f"About {name.removesuffix('.html')}", items)

    return document_rows(
        [
            page("a.html", Paragraph("A cat sat. It slept."), image_item("x.jpg", "a.html", "A cat")),
            page("b.html", Paragraph("See bad.example now. It is fine."), Paragraph("Dogs run."),
                 image_item("x.jpg", "b.html", "seen on bad.example"),
                 image_item("y.jpg", "b.html", "Y")),
            page("c.html", image_item("https://cdn.bad.example/p.png", "c.html", "P"),
                 Paragraph("Birds fly.")),
        ],
        Splitter(PunktParameters()), LIMITS,
    )  # fmt: skip


def test_a_named_document_keeps_a_row_that_tells_nothing(rows):
    fresh, changed = without_named(rows, OptOut(documents=digests("a.html")))
    first, *others = fresh.to_pylist()
    assert changed == [0] and others == rows.to_pylist()[1:]
    assert first["locator"] == hashlib.sha256(b"a.html\0").hexdigest()
    assert {name: first[name] for name in first if name not in ("locator", "document_id")} == {
        "source": "opt_out", "url": "", "title": None, "image_count": 0, "sentence_count": 0,
        "items": [], "drop_reason": "opt_out", "detail": None,
    }  # fmt: skip
    assert first["document_id"] != rows["document_id"][0].as_py()
    assert fresh.schema == rows.schema


def test_a_named_picture_keeps_its_place_in_every_page(rows):
    fresh, changed = without_named(rows, OptOut(urls=digests("x.jpg")))
    pages = fresh.to_pylist()
    assert changed == [0, 1]
    gone = {"kind": "image", "text": None, "sentences": None, "url": None, "raw_url": "",
            "alt_text": None, "url_reason": "opt_out", "sha256": None}  # fmt: skip
    assert pages[0]["items"][1] == {"position": 1, **gone}
    assert pages[1]["items"][2] == {"position": 2, **gone}
    assert pages[1]["items"][3]["url"] == "y.jpg"
    assert [page["image_count"] for page in pages] == [1, 2, 1]


def test_words_that_name_a_domain_go_wherever_they_stand(rows):
    fresh, changed = without_named(rows, OptOut(domains=digests("bad.example")))
    _, second, third = fresh.to_pylist()
    assert changed == [1, 2]
    assert [item["text"] for item in second["items"]] == ["", "Dogs run.", None, None]
    assert [item["sentences"] for item in second["items"][:2]] == [[], ["Dogs run."]]
    assert second["items"][2]["url"] == "x.jpg" and second["items"][2]["alt_text"] is None
    assert second["sentence_count"] == 1
    assert third["items"][0]["url_reason"] == "opt_out" and third["sentence_count"] == 1


def test_done_twice_it_changes_nothing(rows):
    asked = OptOut(domains=digests("bad.example"), documents=digests("a.html"))
    once, _ = without_named(rows, asked)
    twice, changed = without_named(once, asked)
    assert changed == [] and twice.equals(once)


def test_a_picture_that_extraction_refused_loses_its_address(rows):
    items = rows["items"].to_pylist()
    items[0][1]["url_reason"] = "opt_out"  # by the hash that its source stated
    marked = rows.set_column(rows.schema.get_field_index("items"), rows.schema.field("items"),
                             pa.array(items, rows.schema.field("items").type))  # fmt: skip
    fresh, changed = without_named(marked, OptOut(phashes=frozenset({1})))
    assert changed == [0] and fresh.to_pylist()[0]["items"][1]["url"] is None

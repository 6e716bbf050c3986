"""Records of both formats become rows; the same pages give the same ids in both."""

import json
from pathlib import Path

import pyarrow as pa
import pytest

from realsyn_lib.documents import DocumentLimits
from realsyn_lib.opt_out import OptOut
from realsyn_lib.sources.obelics import OBELICS_SCHEMA
from realsyn_lib.tables import DOCUMENTS
from udfs.extract_documents import extract_documents

LIMITS = DocumentLimits(max_document_bytes=10_000)
PAGE = """<title>T</title><h1>A cat</h1><p>It  sat on
a <b>mat</b>.<br>It slept.</p><img src=images/a.jpg alt=cat><p>One<br><br>two. Three.</p>"""


@pytest.fixture
def punkt_folder(tmp_path):
    """A folder of Punkt tables, empty but for one abbreviation."""
    for name in ("collocations.tab", "ortho_context.tab", "sent_starters.txt"):
        (tmp_path / name).write_text("")
    (tmp_path / "abbrev_types.txt").write_text("dr\n")
    return str(tmp_path)


def extracted(format_name, batch, folder):
    rows = extract_documents(format_name, LIMITS, folder, OptOut())(iter([batch]))
    return pa.Table.from_batches(rows, DOCUMENTS.arrow_schema()).to_pylist()


def html_batch(*rows):
    names = ("source", "locator", "bytes", "reason", "detail")
    columns = [pa.array(column, pa.binary() if name == "bytes" else pa.string())
               for name, column in zip(names, zip(*rows, strict=True), strict=True)]  # fmt: skip
    return pa.RecordBatch.from_arrays(columns, names=names)


def obelics_batch(documents):
    """Pack extracted rows as OBELICS does: one slot an item, the page's address in the metadata."""
    rows = []
    for row in documents:
        images = [item["url"] for item in row["items"]]
        texts = [item["text"] for item in row["items"]]
        metadata = [
            {"alt_text": item["alt_text"]} if item["url"] else None for item in row["items"]
        ]
        rows.append((images, texts, json.dumps(metadata), json.dumps({"url": row["url"]})))
    columns = zip(zip(*rows, strict=True), OBELICS_SCHEMA, strict=True)
    arrays = [pa.array(column, field.type) for column, field in columns]
    places = [pa.array(["part.parquet"] * len(rows)), pa.array([str(n) for n in range(len(rows))])]
    return pa.RecordBatch.from_arrays(
        places + arrays, names=["source", "locator", *OBELICS_SCHEMA.names]
    )


def contents(rows):
    """What ids are made of: sentences and image addresses, with their positions."""
    return [
        (
            row["document_id"],
            [(i["position"], i["sentences"], i["url"], i["alt_text"]) for i in row["items"]],
        )
        for row in rows
    ]


def test_a_page_becomes_a_row(punkt_folder):
    row = extracted("html", html_batch(("a.html", "", PAGE.encode(), None, None)), punkt_folder)[0]
    assert (row["title"], row["image_count"], row["sentence_count"]) == ("T", 1, 6)
    assert [item["text"] or item["url"] for item in row["items"]] == [
        "A cat", "It sat on a mat.\nIt slept.", "images/a.jpg", "One", "two. Three."
    ]  # fmt: skip


def test_the_same_page_as_obelics_gives_the_same_ids(punkt_folder):
    pages = html_batch(
        ("a.html", "", PAGE.encode(), None, None), ("b.html", "", b"<p>x", None, None)
    )
    as_html = extracted("html", pages, punkt_folder)
    as_obelics = extracted("obelics", obelics_batch(as_html), punkt_folder)
    assert contents(as_obelics) == contents(as_html)


def test_a_reason_of_the_reader_is_passed_on(punkt_folder):
    batch = html_batch(("a.html", "", None, "unreadable", "permission denied"))
    row = extracted("html", batch, punkt_folder)[0]
    assert (row["drop_reason"], row["detail"], row["items"]) == (
        "unreadable",
        "permission denied",
        [],
    )


def test_a_file_above_the_limit_is_refused_before_it_is_parsed(punkt_folder):
    batch = html_batch(
        ("a.html", "", b"x" * 10_001, None, None), ("b.html", "", b"x" * 10_000, None, None)
    )
    reasons = [row["drop_reason"] for row in extracted("html", batch, punkt_folder)]
    assert reasons == ["document_too_large", None]


@pytest.mark.corpus
def test_the_corpus_pages_give_the_same_ids_in_both_formats(punkt_folder):
    docs = Path(__file__).parents[2] / "../shared/corpus/docs"
    pages = sorted(docs.glob("*/*.html"))
    as_html = []
    for page in pages:
        source = page.relative_to(docs).as_posix()
        batch = html_batch((source, "", page.read_bytes(), None, None))
        rows = extract_documents("html", DocumentLimits(), punkt_folder, OptOut())(iter([batch]))
        as_html += pa.Table.from_batches(rows).to_pylist()
    packed = extract_documents("obelics", DocumentLimits(), punkt_folder, OptOut())(
        iter([obelics_batch(as_html)])
    )
    as_obelics = pa.Table.from_batches(packed).to_pylist()
    assert contents(as_obelics) == contents(as_html)
    assert sum(row["image_count"] for row in as_html) == 346  # rows of docs/figures.tsv

"""Real pages give the same images and sentences as HTML and as OBELICS, packed by another parser."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jobs.model_digests import model_folder_of
from realsyn_lib.documents import DocumentLimits
from realsyn_lib.opt_out import OptOut
from realsyn_lib.tables import IMAGES
from tests.equal_tables import published
from tests.pack_obelics import pack
from tests.tiny_site import QUICK, realsyn
from udfs.extract_documents import extract_documents

pytestmark = [pytest.mark.long, pytest.mark.corpus, pytest.mark.models]

SLICE = 15  # pages of the anthropology textbook, in the order of their names


def documents(form: str, records: list[dict[str, object]]) -> list[dict]:
    extract = extract_documents(form, DocumentLimits(), model_folder_of("punkt"), OptOut())
    return [
        row
        for batch in extract(iter([pa.RecordBatch.from_pylist(records)]))
        for row in batch.to_pylist()
    ]


def found(rows: list[dict]) -> tuple[set[str], set[str]]:
    items = [item for row in rows for item in row["items"]]
    sentences = {sentence for item in items for sentence in item["sentences"] or []}
    return {item["url"] for item in items if item["kind"] == "image"}, sentences


def test_all_pages_of_the_corpus_read_alike_from_both_formats(models, corpus, tmp_path):
    root = corpus / "docs"
    pages = sorted(root.rglob("*.html"))
    from_html = documents(
        "html",
        [
            {"source": page.relative_to(root).as_posix(), "locator": "", "bytes": page.read_bytes()}
            for page in pages
        ],
    )
    pack(root, tmp_path / "packed.parquet")
    rows = pq.read_table(tmp_path / "packed.parquet").to_pylist()
    from_obelics = documents(
        "obelics",
        [{**row, "source": "packed.parquet", "locator": str(n)} for n, row in enumerate(rows)],
    )
    images, sentences = found(from_html)
    assert (len(pages), len(images), len(sentences)) == (408, 344, 20273)
    assert found(from_obelics) == (images, sentences)


@pytest.mark.spark
def test_every_picture_of_a_slice_of_the_corpus_is_fetched_and_kept(
    spark, models, corpus, tmp_path
):
    root, pages = corpus / "docs", tmp_path / "pages" / "anthropology"
    pages.mkdir(parents=True)
    for page in sorted((root / "anthropology").glob("*.html"))[:SLICE]:
        (pages / page.name).write_bytes(page.read_bytes())
    warehouse = tmp_path / "warehouse"
    command = ["run", "--input", tmp_path / "pages", "--image-root", root, "--format", "html"]
    assert realsyn(*command, "--warehouse", warehouse, "--to", "filter_images", *QUICK) == 0
    rows = published(warehouse).read(IMAGES)
    assert rows["drop_reason"].to_pylist() == [None] * 23

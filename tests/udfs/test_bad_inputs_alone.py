"""Each bad input by itself, a batch of one through the UDF that meets it: its outcome, in ten seconds."""

import time

import pyarrow as pa
import pytest

from jobs.model_digests import model_folder_of
from jobs.settings import limits_of
from realsyn_lib.config import load_config
from realsyn_lib.documents import DocumentLimits
from realsyn_lib.images.rules import ImageRules
from realsyn_lib.opt_out import OptOut
from realsyn_lib.reasons import DROPPED, QUARANTINED
from realsyn_lib.sources.obelics import OBELICS_SCHEMA
from realsyn_lib.tables import DOCUMENTS
from tests.bad_inputs import KEPT
from tests.bad_inputs.lines import LINES
from tests.bad_inputs.pages import PAGES
from tests.bad_inputs.pictures import PICTURES
from tests.bad_inputs.records import RECORDS
from tests.bad_inputs.rows import ROWS
from udfs.extract_documents import extract_documents
from udfs.measure_images import measure_images
from udfs.read_records import reading_records

MOST_S = 10.0
RULES = ImageRules(min_side_px=100, max_aspect_ratio=3.0, max_pixels=64_000_000)
CONFIG = load_config("local")
CHILD = limits_of(CONFIG.images, CONFIG.batch)
DOCUMENT = DocumentLimits()


@pytest.fixture
def in_time():
    """Hold a test to the time that one bad row may take."""
    started = time.process_time()
    yield
    assert time.process_time() - started < MOST_S


def outcome(row: dict) -> str:
    return row["drop_reason"] or KEPT


def batch(columns: dict[str, tuple[object, pa.DataType]]) -> pa.RecordBatch:
    """Return a batch of one row."""
    arrays = [pa.array([value], kind) for value, kind in columns.values()]
    return pa.RecordBatch.from_arrays(arrays, names=list(columns))


def document(form: str, one: pa.RecordBatch) -> dict:
    """Return the row of ``documents`` that a record becomes."""
    extract = extract_documents(form, DOCUMENT, model_folder_of("punkt"), OptOut())
    (row,) = pa.Table.from_batches(extract(iter([one])), DOCUMENTS.arrow_schema()).to_pylist()
    return row


def document_of_file(form: str, data: bytes, tmp_path) -> dict:
    """Return the row of the only record of a file."""
    file = tmp_path / "one"
    file.write_bytes(data)
    text = pa.string()
    listed = batch(
        {"source": ("one", text), "path": (str(file), text), "size_bytes": (len(data), pa.int64()),
         "reason": (None, text), "chosen": (None, pa.list_(text))}
    )  # fmt: skip
    extract = extract_documents(form, DOCUMENT, model_folder_of("punkt"), OptOut())
    found = reading_records(form, extract, DOCUMENT.max_document_bytes)(iter([listed]))
    rows = [row for one in found for row in one.to_pylist() if row["records_read"] is None]
    assert len(rows) == 1, rows
    return rows[0]


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture(name, in_time):
    make, expected = PICTURES[name]
    one = batch(
        {"image_id": (1, pa.int64()), "content_id": (2, pa.int64()), "url": (name, pa.string()),
         "bytes": (make(), pa.binary())}
    )  # fmt: skip
    (row,) = pa.Table.from_batches(measure_images(RULES, CHILD)(iter([one]))).to_pylist()
    assert outcome(row) == expected, row["detail"]
    assert (row["phash"] is None) == (expected != KEPT)


@pytest.mark.models
@pytest.mark.parametrize("name", PAGES)
def test_a_page(name, models, in_time):
    make, expected = PAGES[name]
    text = pa.string()
    one = batch(
        {"source": (name, text), "locator": ("", text), "bytes": (make(), pa.binary()),
         "reason": (None, text), "detail": (None, text)}
    )  # fmt: skip
    row = document("html", one)
    assert outcome(row) == expected, row["detail"]
    assert (not row["items"]) == (expected != KEPT)


@pytest.mark.models
@pytest.mark.parametrize("name", ROWS)
def test_a_row_of_obelics(name, models, in_time):
    values, expected = ROWS[name]
    columns = {field.name: (values[field.name], field.type) for field in OBELICS_SCHEMA}
    place = {"source": ("a.parquet", pa.string()), "locator": ("0", pa.string())}
    row = document("obelics", batch(place | columns))
    assert outcome(row) == expected, row["detail"]


@pytest.mark.models
@pytest.mark.parametrize("name", LINES)
def test_a_line_of_mmc4(name, models, in_time, tmp_path):
    data, expected = LINES[name]
    row = document_of_file("mmc4", data + b"\n", tmp_path)
    assert outcome(row) == expected, row["detail"]


@pytest.mark.models
@pytest.mark.parametrize("name", RECORDS)
def test_a_record_of_a_web_archive(name, models, in_time, tmp_path):
    data, expected = RECORDS[name]
    row = document_of_file("warc", data, tmp_path)
    assert outcome(row) == expected, row["detail"]


def test_every_outcome_is_a_word_of_the_closed_lists():
    cases = (
        *PICTURES.values(),
        *PAGES.values(),
        *ROWS.values(),
        *LINES.values(),
        *RECORDS.values(),
    )
    assert {expected for _case, expected in cases} <= {KEPT, *DROPPED, *QUARANTINED}
    assert len(cases) > 140

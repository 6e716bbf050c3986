"""Inputs that a disk or a download has changed: a row in quarantine, or an end that names the file."""

import gzip
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from realsyn_lib.sources.obelics import OBELICS_SCHEMA
from tests.made_archives import json_lines, mmc4_row, response, zipped
from tests.tiny_site import QUICK, Tiny, realsyn

pytestmark = [pytest.mark.spark, pytest.mark.models, pytest.mark.wide]


def flipped(data: bytes, byte: int) -> bytes:
    return data[:byte] + bytes([data[byte] ^ 4]) + data[byte + 1 :]


def damages(name: str, whole: bytes) -> dict[str, bytes]:
    """The same file whole, with a bit flipped in its middle, cut there, and emptied."""
    half = len(whole) // 2
    return {
        f"a-whole.{name}": whole,
        f"b-flipped.{name}": flipped(whole, half),
        f"c-cut.{name}": whole[:half],
        f"d-empty.{name}": b"",
    }


def extracted(folder, form: str, files: dict[str, bytes]) -> tuple[int, Tiny]:
    tiny = Tiny(folder / "in", folder / "warehouse")
    tiny.site.mkdir()
    for name, data in files.items():
        (tiny.site / name).write_bytes(data)
    place = ("--input", tiny.site, "--format", form, "--warehouse", tiny.warehouse)
    loose = ("--set", "checks.max_quarantine_share=0.9")
    return realsyn("run", *place, "--to", "extract_documents", *QUICK, *loose), tiny


def lost(tiny: Tiny) -> set[tuple[object, ...]]:
    return set(tiny.rows("quarantine", "source", "reason"))


def whole_documents(tiny: Tiny) -> set[object]:
    return {url for url, reason in tiny.rows("documents", "url", "drop_reason") if reason is None}


def test_json_lines_in_gzip_and_zip(spark, models, tmp_path):
    lines = json_lines(*(mmc4_row(f"https://a.example/{n}") for n in range(40)))
    files = damages("jsonl.gz", gzip.compress(lines, mtime=0))
    files |= damages("jsonl.zip", zipped([("x.jsonl", lines)]))
    code, tiny = extracted(tmp_path, "mmc4", files)
    assert code == 0
    assert len(whole_documents(tiny)) == 40
    assert {(source, reason) for source, reason in lost(tiny) if reason != "bad_record"} == {
        (f"{name}.jsonl.{kind}", reason)
        for kind in ("gz", "zip")
        for name, reason in (("b-flipped", "damaged"), ("c-cut", "damaged"), ("d-empty", "empty_file"))
    }  # fmt: skip


def test_web_archives(spark, models, tmp_path):
    pages = [
        response(f"https://a.example/{n}", b"<p>A boat waits %d.<img src=x.jpg>" % n)
        for n in range(40)
    ]
    code, tiny = extracted(tmp_path, "warc", damages("warc.gz", gzip.compress(b"".join(pages))))
    assert code == 0
    assert len(whole_documents(tiny)) == 40
    assert lost(tiny) == {
        ("b-flipped.warc.gz", "damaged"), ("c-cut.warc.gz", "damaged"), ("d-empty.warc.gz", "empty_file"),
    }  # fmt: skip


def obelics(rows: int) -> bytes:
    texts = [f"A boat numbered {n} waits at the pier for the tide." for n in range(rows)]
    urls = [json.dumps({"url": f"https://a.example/{n}"}) for n in range(rows)]
    columns = {
        "images": [["a.jpg", None]] * rows, "texts": [[None, text] for text in texts],
        "metadata": ["[null, null]"] * rows, "general_metadata": urls,
    }  # fmt: skip
    written = pa.BufferOutputStream()
    table = pa.table(columns, schema=OBELICS_SCHEMA)
    pq.write_table(table, written, compression="none", write_page_checksum=True)
    return written.getvalue().to_pybytes()


@pytest.mark.parametrize("kind", ["b-flipped", "c-cut", "d-empty"])
def test_a_parquet_file_ends_the_run_by_its_name(spark, models, tmp_path, capsys, kind):
    files = damages("parquet", obelics(200))
    code, tiny = extracted(
        tmp_path, "obelics", {name: files[name] for name in ("a-whole.parquet", f"{kind}.parquet")}
    )
    told = capsys.readouterr().err
    assert code == 2 and f"{kind}.parquet" in told, told
    assert tiny.stages_run() in ([], [("extract_documents", "failed")])

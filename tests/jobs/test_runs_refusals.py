"""What a run refuses, with its exit code and a line that names it."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.tiny_site import QUICK, Tiny, realsyn

pytestmark = [pytest.mark.spark, pytest.mark.models]

SETTINGS = [
    (["--set", "images.min_side=3"], "setting images.min_side is unknown; did you mean"),
    (["--set", "picture.size=3"], "setting picture is unknown"),
    (["--set", "images.min_side_px=small"], "setting images.min_side_px: got 'small'"),
    (["--set", "images.min_side_px=0"], "setting images.min_side_px: got 0"),
    (["--set", "images"], "expected key=value"),
    (["--set", "models.splitter=clop"], "clop"),
    (["--from", "filter_pictures"], "stage 'filter_pictures' is unknown; expected one of extract_"),
    (["--from", "embed_images"], "--from embed_images comes after --to filter_images; swap them"),
    (["--from", "filter_images"], "filter_images reads images_found, but nothing of it is published"),
    (["--refit", "everything"], "--refit everything is unknown"),
    (["--limit", "0"], "--limit is 0, expected at least 1"),
    (["--format", "pdf"], "--format is 'pdf', expected one of columns, html, images, img2dataset, mint1t"),
    (["--format", "obelics"], "holds no .parquet file, which --format obelics reads; found 5 files"),
    (["--input", "no/such/folder"], "/no/such/folder does not exist; name a folder or a file"),
]  # fmt: skip


def told(capsys: pytest.CaptureFixture[str]) -> str:
    """Return the one line that stands in place of a traceback."""
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("realsyn:")]
    assert len(lines) == 1
    return lines[0]


@pytest.mark.parametrize(("arguments", "message"), SETTINGS)
def test_a_wrong_argument_is_named_and_nothing_is_written(fresh: Tiny, capsys, arguments, message):
    assert fresh.run(*arguments) == 2
    assert message in told(capsys)
    assert set(fresh.versions().values()) <= {0}


def test_an_input_of_no_known_format_and_a_run_without_input_are_refused(
    fresh: Tiny, tmp_path, capsys
):
    (tmp_path / "notes").mkdir()
    assert (
        realsyn("run", "--warehouse", fresh.warehouse, "--input", tmp_path / "notes", *QUICK) == 2
    )
    assert "--format is missing, and none of the 0 files of --input is of a known" in told(capsys)
    assert realsyn("run", "--warehouse", fresh.warehouse, "--format", "html", *QUICK) == 2
    assert "--input is missing" in told(capsys)


def test_two_inputs_with_a_page_of_one_name_are_refused(fresh: Tiny, tmp_path, capsys):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "inn.html").write_text("<p>Another inn.</p>", encoding="utf-8")
    assert fresh.run("--input", tmp_path / "other") == 2
    line = told(capsys)
    assert (
        f"{tmp_path}/other/inn.html and {fresh.site}/inn.html would both have the address" in line
    )
    assert "name one folder that holds both inputs, such as their common parent folder" in line
    assert fresh.versions() == {}


def obelics(fresh: Tiny, file: Path) -> int:
    return realsyn(
        "run", "--input", file, "--format", "obelics", "--warehouse", fresh.warehouse,
        "--to", "extract_documents", *QUICK,
    )  # fmt: skip


def test_a_parquet_file_without_a_column_is_named_with_it(fresh: Tiny, tmp_path, capsys):
    file = tmp_path / "part.parquet"
    pq.write_table(pa.table({"images": [["a.png"]], "texts": [["t"]], "metadata": ["[]"]}), file)
    assert obelics(fresh, file) == 2
    assert "part.parquet: no column `general_metadata`; expected the columns" in told(capsys)


def test_a_parquet_file_with_a_column_of_another_type_is_named_with_it(
    fresh: Tiny, tmp_path, capsys
):
    file = tmp_path / "part.parquet"
    columns = {"images": ["a"], "texts": [["t"]], "metadata": ["[]"], "general_metadata": ["{}"]}
    pq.write_table(pa.table(columns), file)
    assert obelics(fresh, file) == 2
    assert "part.parquet: column `images` is string, expected list" in told(capsys)


@pytest.mark.parametrize("data", [b"", b"PAR1 and no more", b"<html></html>" * 100])
def test_bytes_that_are_no_parquet_are_named(fresh: Tiny, tmp_path, capsys, data):
    file = tmp_path / "broken.parquet"
    file.write_bytes(data)
    assert obelics(fresh, file) == 2
    assert "broken.parquet is no readable parquet file" in told(capsys)


def test_pages_without_images_end_in_an_empty_result_not_in_silence(fresh: Tiny, capsys):
    for picture in fresh.site.glob("*.png"):
        picture.unlink()
    for page in ("barn.html", "mill.html"):
        (fresh.site / page).write_text("<p>There is only text here.</p>", encoding="utf-8")
    assert fresh.run() == 3
    assert "extract_documents: no image was kept of 0" in told(capsys)
    assert fresh.stages_run() == [("extract_documents", "failed")]


def test_an_input_that_is_mostly_broken_stops_at_the_gate(fresh: Tiny, capsys):
    for page in ("mill.html", "inn.html"):
        (fresh.site / page).write_bytes(b"")
    assert fresh.run() == 3
    assert "extract_documents: 67% of 3 documents went to quarantine (2 empty_file)" in (
        told(capsys)
    )
    assert fresh.run("--set", "checks.max_quarantine_share=0.7") == 0
    assert fresh.rows("quarantine", "stage", "source", "reason") == [
        ("extract_documents", "inn.html", "empty_file"),
        ("extract_documents", "mill.html", "empty_file"),
    ]

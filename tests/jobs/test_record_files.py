"""MMC4 and web archives through extract_documents: rows, places, quarantine, and the accounting."""

import hashlib
from pathlib import Path

import pytest

from realsyn_lib.tables import DOCUMENTS, FUNNEL, IMAGES_FOUND, QUARANTINE, SENTENCES_FOUND
from tests.equal_tables import published
from tests.made_archives import gzipped, json_lines, mmc4_row, response, zipped, zstandard
from tests.tiny_site import QUICK, realsyn

pytestmark = [pytest.mark.wide, pytest.mark.spark, pytest.mark.models]


def extract(source: Path, form: str, warehouse: Path, *more: object) -> Path:
    command = ["run", "--input", source, "--format", form, "--warehouse", warehouse]
    assert realsyn(*command, "--to", "extract_documents", *QUICK, *map(str, more)) == 0
    return warehouse


def rows(warehouse: Path, table, *names: str) -> list[tuple[object, ...]]:
    found = published(warehouse).read(table)
    return sorted(zip(*(found[name].to_pylist() for name in names), strict=True), key=repr)


def outcomes(warehouse: Path, entity: str) -> dict[tuple[str, str | None], int]:
    found = rows(warehouse, FUNNEL, "entity", "outcome", "drop_reason", "row_count")
    return {(outcome, reason): count for kind, outcome, reason, count in found if kind == entity}


def make_mmc4(folder: Path) -> Path:
    folder.mkdir()
    good = [mmc4_row(f"https://a.example/{n}") for n in range(5)]
    (folder / "docs_no_face_shard_0_v2.jsonl.zip").write_bytes(
        zipped([("docs_no_face_shard_0_v2.jsonl", json_lines(*good[:3], mmc4_row(url=7)))])
    )
    (folder / "docs_shard_1_v2.jsonl").write_bytes(json_lines(*good[2:]) + b"{\n\n\xff\n")
    return folder


def make_warc(folder: Path) -> Path:
    folder.mkdir()
    pages = [
        response(f"https://a.example/dir/{n}", b"<p>Boats wait %d.</p><img src=../x.jpg>" % n)
        for n in range(6)
    ]
    (folder / "a.warc.gz").write_bytes(
        gzipped([*pages[:3], pages[0].replace(b"200 OK", b"404 No")])[:-60]
    )
    (folder / "b.warc.zst").write_bytes(zstandard(pages[2:], dictionary=True))
    return folder


@pytest.fixture(scope="module")
def mmc4(spark, models, tmp_path_factory) -> tuple[Path, Path]:
    """The files, and the warehouse made of them."""
    folder = tmp_path_factory.mktemp("mmc4")
    source = make_mmc4(folder / "lines")
    return source, extract(source, "mmc4", folder / "warehouse")


def test_mmc4_is_read_from_zip_and_lines_and_every_line_is_accounted_for(mmc4):
    _, made = mmc4
    zip_file, lines = "docs_no_face_shard_0_v2.jsonl.zip", "docs_shard_1_v2.jsonl"
    entry = "docs_no_face_shard_0_v2.jsonl"
    assert rows(made, DOCUMENTS, "source", "locator", "image_count", "sentence_count", "drop_reason") == [
        (zip_file, f"{entry}:1", 2, 3, None), (zip_file, f"{entry}:2", 2, 3, None),
        (zip_file, f"{entry}:3", 2, 3, None), (zip_file, f"{entry}:4", 0, 0, "bad_record"),
        (lines, "1", 0, 0, "duplicate_document"), (lines, "2", 2, 3, None), (lines, "3", 2, 3, None),
        (lines, "4", 0, 0, "bad_record"), (lines, "6", 0, 0, "encoding"),
    ]  # fmt: skip
    assert outcomes(made, "document") == {
        ("in", None): 9, ("kept", None): 5, ("dropped", "duplicate_document"): 1,
        ("quarantined", "bad_record"): 2, ("quarantined", "encoding"): 1,
    }  # fmt: skip
    assert set(rows(made, IMAGES_FOUND, "position", "url")) == {
        (0, "https://i.example/a.jpg"), (3, "https://i.example/b.jpg"),
    }  # fmt: skip
    places = rows(made, QUARANTINE, "source", "locator", "reason")
    assert places == [
        (zip_file, f"{entry}:4", "bad_record"), (lines, "4", "bad_record"), (lines, "6", "encoding"),
    ]  # fmt: skip


def test_web_archives_are_read_by_record_and_a_broken_end_is_one_row(spark, models, tmp_path):
    made = extract(make_warc(tmp_path / "warc"), "warc", tmp_path / "warehouse")
    assert outcomes(made, "document") == {
        ("in", None): 8, ("kept", None): 6, ("dropped", "duplicate_document"): 1,
        ("quarantined", "damaged"): 1,
    }  # fmt: skip
    assert rows(made, QUARANTINE, "source", "locator", "reason") == [("a.warc.gz", "4", "damaged")]
    assert set(rows(made, IMAGES_FOUND, "raw_url", "url")) == {
        ("../x.jpg", "https://a.example/x.jpg")
    }
    texts = [text for (text,) in rows(made, SENTENCES_FOUND, "text")]
    assert texts == [f"Boats wait {n}." for n in range(6)]


def test_a_limit_chooses_records_by_a_hash_of_their_place_alone(mmc4, tmp_path):
    source, whole = mmc4
    few = extract(source, "mmc4", tmp_path / "few", "--limit", 4)
    places = [
        f"{source}#{locator}" for source, locator in rows(whole, DOCUMENTS, "source", "locator")
    ]
    first = sorted(places, key=lambda place: hashlib.sha256(place.encode()).hexdigest())[:4]
    chosen = rows(few, DOCUMENTS, "source", "locator")
    assert sorted(f"{source}#{locator}" for source, locator in chosen) == sorted(first)
    assert outcomes(few, "document")["in", None] == 4

"""Files that come, change and go, and requests not to be used."""

import hashlib
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import jobs.fetch_images
from jobs.inputs import remembered_inputs
from jobs.warehouse import Warehouse
from realsyn_lib.sources.obelics import OBELICS_SCHEMA
from realsyn_lib.tables import OPT_OUT
from tests.tiny_site import QUICK, Killed, Tiny, kill, picture, realsyn

pytestmark = [pytest.mark.wide, pytest.mark.spark, pytest.mark.models]

FIRST = "extract_documents"


def test_a_changed_page_a_new_page_and_a_removed_page(tiny: Tiny, capsys):
    page = tiny.site / "inn.html"
    page.write_text("<p>The inn opened again in May.</p>", encoding="utf-8")
    (tiny.site / "new.html").write_text("<p>A new page came today.</p>", encoding="utf-8")
    assert tiny.run(last=FIRST) == 0
    texts = {text for (text,) in tiny.rows("sentences_found", "text")}
    assert {"The inn opened again in May.", "A new page came today."} < texts
    assert "The inn closed at ten." not in texts

    before = tiny.versions()
    page.unlink()
    assert tiny.run(last=FIRST) == 2
    assert "--input lacks 1 files that this warehouse was made from, such as inn.html" in (
        capsys.readouterr().err
    )
    assert tiny.versions() | {"runs": 0} == before | {"runs": 0}

    assert tiny.run("--allow-removal", last=FIRST) == 0
    assert ("inn.html",) not in tiny.rows("documents", "source")
    assert len(tiny.rows("documents", "source")) == 3


def test_a_changed_picture_is_fetched_again(tiny: Tiny):
    old = tiny.rows("image_bytes", "url", "sha256")
    picture(tiny.site / "red.png", seed=5, side=140)
    assert tiny.run() == 0
    assert [stage for stage, _ in tiny.stages_run()[3:]] == ["fetch_images", "filter_images"]
    new = tiny.rows("image_bytes", "url", "sha256")
    assert (new[0], new[1][0]) == (old[0], "red.png")
    assert new[1][1] == hashlib.sha256((tiny.site / "red.png").read_bytes()).hexdigest()
    assert tiny.rows("images", "url", "width_px") == [("blue.png", 120), ("red.png", 140)]


def again(tiny: Tiny, *more: str | Path, last: str = FIRST) -> int:
    """Run without saying where the input is."""
    return realsyn("run", "--warehouse", tiny.warehouse, "--to", last, *QUICK, *more)


def remembered(tiny: Tiny) -> tuple[str, ...]:
    known = remembered_inputs(f"{tiny.warehouse}/_files")
    return known.paths if known else ()


def test_a_run_without_input_takes_from_memory_what_it_does_not_say(fresh: Tiny):
    assert fresh.run("--limit", "2", last=FIRST) == 0
    assert again(fresh) == 0
    assert fresh.stages_run() == [(FIRST, "finished")]  # the remembered limit is the same work
    assert again(fresh, "--limit", "3") == 0
    assert len(fresh.rows("documents", "source")) == 3

    (fresh.site / "inn.html").unlink()
    assert again(fresh) == 2
    assert again(fresh, "--allow-removal") == 0
    (fresh.site / "mill.html").unlink()
    assert again(fresh) == 2  # the leave was for that run alone
    assert fresh.rows("documents", "source") == [("barn.html",), ("mill.html",)]


def test_an_input_is_remembered_when_its_documents_are_accepted_not_before(
    tiny: Tiny, tmp_path: Path, monkeypatch
):
    before = remembered(tiny)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "new.html").write_text("<p>A new page.</p>", encoding="utf-8")
    other = ("--input", tmp_path / "other", "--format", "html")
    assert again(tiny, *other) == 2  # the old pages are gone
    assert remembered(tiny) == before != ()

    picture(tiny.site / "red.png", seed=5)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(jobs.fetch_images, "run", kill)
        tiny.run()
    assert remembered(tiny) == (str(tiny.site),)


def test_names_that_are_no_address_are_quarantined_each_by_its_own(fresh: Tiny):
    odd = [b"\xff.html", b"\xfe.html", b"a/x\x01.html", b"b/x\x01.html"]
    for name in [*odd, b"?.html"]:
        path = os.path.join(os.fsencode(fresh.site), name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        Path(os.fsdecode(path)).write_text("<p>Hens lay eggs.</p>", encoding="utf-8")
    assert fresh.run(last=FIRST) == 0
    refused = ["%FE.html", "%FF.html", "a/x%01.html", "b/x%01.html"]
    assert fresh.rows("documents", "source", "drop_reason") == [
        ("%3F.html", None), ("%FE.html", "bad_url"), ("%FF.html", "bad_url"),
        ("a/x%01.html", "bad_url"), ("b/x%01.html", "bad_url"),
        ("barn.html", None), ("inn.html", None), ("mill.html", None),
    ]  # fmt: skip
    assert fresh.rows("quarantine", "source", "reason") == [(name, "bad_url") for name in refused]


def write_rows(path: Path, *pages: str) -> None:
    """Write OBELICS rows, each of one picture and one sentence."""
    row = {"images": ["a.png", None], "texts": [None, "Hens lay."], "metadata": "[null, null]"}
    rows = [row | {"general_metadata": json.dumps({"url": page})} for page in pages]
    pq.write_table(pa.Table.from_pylist(rows, OBELICS_SCHEMA), path)


def test_a_parquet_file_that_must_not_be_read_is_quarantined_and_the_others_are_read(
    fresh: Tiny, tmp_path: Path
):
    folder = tmp_path / "rows"
    folder.mkdir()
    write_rows(tmp_path / "secret.parquet", "http://secret.example/")
    (folder / "out.parquet").symlink_to("../secret.parquet")
    arguments = ("--input", folder, "--format", "obelics")
    assert again(fresh, *arguments) == 3  # nothing but quarantine
    write_rows(folder / "part.parquet", "http://one.example/", "http://two.example/")
    assert again(fresh, *arguments) == 0
    assert fresh.rows("documents", "source", "locator", "url", "drop_reason") == [
        ("out.parquet", "", "out.parquet", "bad_url"),
        ("part.parquet", "0", "http://one.example/", None),
        ("part.parquet", "1", "http://two.example/", None),
    ]
    assert fresh.rows("quarantine", "source", "locator", "reason") == [
        ("out.parquet", "", "bad_url")
    ]
    assert fresh.rows("funnel", "entity", "outcome", "row_count")[:3] == [
        ("document", "in", 3), ("document", "kept", 2), ("document", "quarantined", 1),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["mint1t", "omnicorpus"])
def test_rows_of_other_tables_are_read_too(fresh: Tiny, tmp_path: Path, name):
    page = {"url": "https://farm.example/hens", "fluency_prob": 0.9}
    row = {"images": [None, "https://farm.example/a.png"], "texts": ["Hens lay. Cats sleep.", None]}
    metadata = "null" if name == "mint1t" else [None, {"width": 200, "height": 150}]
    general = json.dumps(page) if name == "mint1t" else page
    rows = [row | {"metadata": metadata, "general_metadata": general},
            row | {"metadata": metadata, "general_metadata": None}]  # fmt: skip
    (tmp_path / "rows").mkdir()
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "rows" / "train-00000.parquet")
    assert again(fresh, "--input", tmp_path / "rows", "--format", name) == 0
    assert fresh.rows("documents", "locator", "url", "drop_reason") == [
        ("0", "https://farm.example/hens", None),
        ("1", "train-00000.parquet#1", "bad_metadata"),
    ]
    assert fresh.rows("images_found", "position", "url") == [(1, "https://farm.example/a.png")]
    texts = fresh.rows("sentences_found", "position", "sentence_no", "text")
    assert texts == [(0, 0, "Hens lay."), (0, 1, "Cats sleep.")]


def test_sizes_that_omnicorpus_states_drop_an_image_before_it_is_fetched(fresh: Tiny, tmp_path):
    row = {
        "images": [f"https://farm.example/{n}.png" for n in range(3)] + [None],
        "texts": [None, None, None, "Hens lay."],
        "metadata": [
            {"width": w, "height": h} for w, h in ((99, 300), (301, 100), (300, 100), (1, 1))
        ],
        "general_metadata": {"url": "https://farm.example/hens"},
    }
    (tmp_path / "rows").mkdir()
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "rows" / "train.parquet")
    assert again(fresh, "--input", tmp_path / "rows", "--format", "omnicorpus") == 0
    assert fresh.rows("images_found", "position", "drop_reason") == [
        (0, "too_small"), (1, "aspect_ratio"), (2, None),
    ]  # fmt: skip


def test_own_columns_are_read_by_the_names_that_the_settings_give(fresh: Tiny, tmp_path, capsys):
    rows = [{"pic url": "red.png", "cap`t.s": "A red field.", "n": 1},
            {"pic url": None, "cap`t.s": "Hens lay. Cats sleep.", "n": 2}]  # fmt: skip
    (tmp_path / "rows").mkdir()
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "rows" / "mine.parquet")
    names = (
        "--set",
        "sources.columns.image_url=pic url",
        "--set",
        "sources.columns.text=cap`t.s",
    )
    arguments = ("--input", tmp_path / "rows", "--format", "columns")
    assert again(fresh, *arguments) == 2
    assert "--set sources.columns.text=TEXT" in capsys.readouterr().err
    assert again(fresh, *arguments, *names, "--set", "sources.columns.alt_text=alt") == 2
    assert "mine.parquet: no column `alt`; expected the columns" in (
        told := capsys.readouterr().err
    )
    assert "it has pic url string, cap`t.s string, n int64" in told
    assert again(fresh, *arguments, *names) == 0
    assert fresh.rows("documents", "url", "drop_reason") == [
        ("mine.parquet/0", None), ("mine.parquet/1", None),
    ]  # fmt: skip
    assert fresh.rows("images_found", "url", "position") == [("red.png", 0)]
    texts = fresh.rows("sentences_found", "position", "sentence_no", "text")
    assert texts == [(0, 0, "Hens lay."), (0, 1, "Cats sleep."), (1, 0, "A red field.")]


def ask(spark, tiny: Tiny, *requests: tuple[str, bytes]) -> None:
    """Write requests not to be used, as the command that takes them will."""
    now = datetime.now(UTC)
    rows = [(kind, hashlib.sha256(value).hexdigest(), None, None, now) for kind, value in requests]
    frame = spark.createDataFrame(rows, OPT_OUT.schema_of())
    Warehouse(spark, str(tiny.warehouse)).append(OPT_OUT, frame)


def test_requests_not_to_be_used_are_honoured_by_the_next_run(spark, tiny: Tiny):
    linked = '<img src="http://cdn.pictures.example/a.png"><img src="blue.png"><p>Hens lay.</p>'
    (tiny.site / "hens.html").write_text(linked, encoding="utf-8")
    ask(
        spark,
        tiny,
        ("domain", b"pictures.example"),
        ("url", b"red.png"),
        ("document", b"inn.html"),
        ("sha256", (tiny.site / "blue.png").read_bytes()),
    )
    assert tiny.run() == 3  # no image is left
    assert tiny.rows("documents", "source", "drop_reason", "sentence_count") == [
        ("barn.html", None, 1),
        ("hens.html", None, 1),
        ("mill.html", None, 2),
        ("opt_out", "opt_out", 0),  # nothing is told of inn.html
    ]
    found = tiny.rows("images_found", "url", "drop_reason")
    kept, opted_out = ("blue.png", None), (None, "opt_out")
    assert found.count(kept) == found.count(opted_out) == 2 and len(found) == 4
    assert tiny.rows("image_bytes", "url", "bytes", "drop_reason") == [
        ("blue.png", None, "opt_out")
    ]
    assert [text for (text,) in tiny.rows("sentences_found", "text")].count("It grinds corn.") == 1


def test_an_image_of_a_page_not_to_be_used_is_not_fetched(spark, tiny: Tiny):
    ask(spark, tiny, ("document", b"barn.html"))
    assert tiny.run("--dry-run") == 0
    assert tiny.run() == 0
    assert tiny.rows("images", "url") == [("blue.png",)]
    assert tiny.rows("image_bytes", "url") == [("blue.png",)]


def test_a_dry_run_says_of_each_stage_why_it_would_run_and_writes_nothing(tiny: Tiny, capsys):
    before = tiny.versions()
    assert tiny.run("--set", "images.min_side_px=50", "--dry-run") == 0
    told = [line.split("] ")[1].split("; ")[0] for line in capsys.readouterr().out.splitlines()]
    assert told == [
        "extract_documents: up to date",
        "fetch_images: up to date",
        "filter_images: would run (other settings, models or code)",
    ]
    (tiny.site / "inn.html").write_text("<p>The inn opened again.</p>")
    assert tiny.run("--dry-run") == 0
    assert "extract_documents: would run (changed input_documents)" in capsys.readouterr().out
    assert tiny.versions() == before

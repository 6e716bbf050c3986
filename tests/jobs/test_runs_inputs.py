"""Files that come, change and go, and requests not to be used."""

import hashlib
from datetime import UTC, datetime

import pytest

from jobs.warehouse import Warehouse
from realsyn_lib.tables import OPT_OUT
from tests.tiny_site import Tiny, picture

pytestmark = [pytest.mark.spark, pytest.mark.models]

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
        ("inn.html", "opt_out", 0),
        ("mill.html", None, 2),
    ]
    assert tiny.rows("images_found", "url", "drop_reason") == [
        ("blue.png", None),
        ("blue.png", None),
        ("http://cdn.pictures.example/a.png", "opt_out"),
        ("red.png", "opt_out"),
    ]
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

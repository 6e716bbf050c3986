"""Files held to the SHA-256 that a table of one's own columns states of them."""

import hashlib

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.tiny_site import QUICK, Tiny, picture, realsyn

pytestmark = [pytest.mark.wide, pytest.mark.spark, pytest.mark.models]

COLUMNS = ("image_url", "sha256", "text")


def state(tiny: Tiny, digests: dict[str, str | None]) -> None:
    """Write a row for each picture: its address, its stated digest, a text."""
    rows = [
        {"image_url": name, "sha256": digest, "text": f"A field called {name[0]}."}
        for name, digest in digests.items()
    ]
    pq.write_table(pa.Table.from_pylist(rows), tiny.site / "mine.parquet")


def run(tiny: Tiny) -> int:
    names = [part for name in COLUMNS for part in ("--set", f"sources.columns.{name}={name}")]
    return realsyn(
        "run", "--input", tiny.site, "--format", "columns", "--warehouse", tiny.warehouse,
        "--to", "filter_images", *QUICK, *names,
    )  # fmt: skip


def test_another_file_is_no_picture_until_it_is_the_stated_one(spark, models, tmp_path):
    tiny = Tiny(tmp_path / "in", tmp_path / "warehouse")
    tiny.site.mkdir()
    for seed, name in enumerate("abc"):
        picture(tiny.site / f"{name}.png", seed)
    a, b, c = (
        hashlib.sha256((tiny.site / f"{name}.png").read_bytes()).hexdigest() for name in "abc"
    )
    state(tiny, {"a.png": a.upper(), "b.png": c, "c.png": None})
    assert run(tiny) == 0
    assert tiny.rows("images_found", "url", "stated_sha256") == [
        ("a.png", a), ("b.png", c), ("c.png", None),
    ]  # fmt: skip
    assert tiny.rows("fetches", "url", "drop_reason", "detail") == [
        ("a.png", None, None), ("b.png", "hash_mismatch", f"stated is {c}"), ("c.png", None, None),
    ]  # fmt: skip
    stored = tiny.rows("image_bytes", "url", "sha256", "bytes")
    assert [row[:2] for row in stored] == [("a.png", a), ("b.png", b), ("c.png", c)]
    assert [row[2] is None for row in stored] == [False, True, False]
    assert tiny.rows("images", "url") == [("a.png",), ("c.png",)]
    assert ("image", "quarantined", "hash_mismatch", 1) in tiny.rows(
        "funnel", "entity", "outcome", "drop_reason", "row_count"
    )

    state(tiny, {"a.png": b, "b.png": b, "c.png": None})  # other rows of the same files
    assert run(tiny) == 0
    assert tiny.rows("fetches", "url", "drop_reason") == [
        ("a.png", "hash_mismatch"), ("b.png", None), ("c.png", None),
    ]  # fmt: skip
    assert tiny.rows("images", "url") == [("b.png",), ("c.png",)]
    assert tiny.verify() == 0

"""Files held to the SHA-256 that a table of one's own columns states of them."""

import hashlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.tiny_site import QUICK, Tiny, picture, realsyn

pytestmark = [pytest.mark.wide, pytest.mark.spark, pytest.mark.models]

COLUMNS = ("image_url", "sha256", "text")


def state(tiny: Tiny, *digests: tuple[str, str | None]) -> None:
    """Write a row for each: the address of a picture, its stated digest, a text."""
    rows = [
        {"image_url": name, "sha256": digest, "text": f"A field called {name[0]}."}
        for name, digest in digests
    ]
    pq.write_table(pa.Table.from_pylist(rows), tiny.site / "mine.parquet")


def made(folder: Path) -> tuple[Tiny, list[str]]:
    """Three pictures, and their digests."""
    tiny = Tiny(folder / "in", folder / "warehouse")
    tiny.site.mkdir()
    files = [tiny.site / f"{name}.png" for name in "abc"]
    for seed, file in enumerate(files):
        picture(file, seed)
    return tiny, [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]


def run(tiny: Tiny) -> int:
    names = [part for name in COLUMNS for part in ("--set", f"sources.columns.{name}={name}")]
    return realsyn(
        "run", "--input", tiny.site, "--format", "columns", "--warehouse", tiny.warehouse,
        "--to", "filter_images", *QUICK, *names,
    )  # fmt: skip


def test_another_file_is_no_picture_until_it_is_the_stated_one(spark, models, tmp_path):
    tiny, (a, b, c) = made(tmp_path)
    state(tiny, ("a.png", a.upper()), ("b.png", c), ("c.png", None))
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

    state(tiny, ("a.png", b), ("b.png", b), ("c.png", None))  # other rows of the same files
    assert run(tiny) == 0
    assert tiny.rows("fetches", "url", "drop_reason") == [
        ("a.png", "hash_mismatch"), ("b.png", None), ("c.png", None),
    ]  # fmt: skip
    assert tiny.rows("images", "url") == [("b.png",), ("c.png",)]
    assert tiny.verify() == 0


def test_a_digest_that_is_to_be_forgotten_stays_nowhere(spark, models, tmp_path):
    tiny, (a, b, c) = made(tmp_path)
    # Others name the addresses, too, without a digest: those rows stay.
    state(tiny, ("a.png", a), ("a.png", None), ("b.png", c), ("b.png", None), ("c.png", None))
    assert run(tiny) == 0
    asked = tmp_path / "asked.csv"
    asked.write_text(f"kind,value\nsha256,{a}\nsha256,{c}\n", encoding="utf-8")
    assert realsyn("forget", "--warehouse", tiny.warehouse, "--list", asked) == 0
    assert tiny.rows("image_bytes", "url", "sha256", "stated_sha256", "drop_reason", "detail") == [
        ("a.png", None, None, "opt_out", None),
        ("b.png", b, None, "hash_mismatch", None),
        ("c.png", None, None, "opt_out", None),
    ]
    assert tiny.rows("fetches", "url", "drop_reason", "detail") == [
        ("a.png", "opt_out", None), ("b.png", "hash_mismatch", None), ("c.png", "opt_out", None),
    ]  # fmt: skip
    assert tiny.verify("--list", asked) == 0

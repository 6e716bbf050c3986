"""Pictures that lie in the input, open or in archives: from the command to their bytes."""

import hashlib
import json
from pathlib import Path

import pytest

from realsyn_lib.ids import content_hash_id
from tests.made_tars import tar_of, write_tar
from tests.tiny_site import QUICK, Tiny, picture, realsyn

pytestmark = [pytest.mark.wide, pytest.mark.spark, pytest.mark.models]


def made(path: Path, seed: int) -> bytes:
    """A picture's bytes; the file that they are of is gone."""
    picture(path, seed)
    data = path.read_bytes()
    path.unlink()
    return data


def run(tiny: Tiny, form: str, last: str = "fetch_images") -> int:
    return realsyn(
        "run", "--input", tiny.site, "--format", form, "--warehouse", tiny.warehouse,
        "--to", last, *QUICK,
    )  # fmt: skip


def test_pictures_of_a_folder_and_of_archives_are_documents_and_are_read(spark, models, tmp_path):
    tiny = Tiny(tmp_path / "in", tmp_path / "warehouse")
    one, two, three = (made(tmp_path / "x.png", seed) for seed in (1, 2, 3))
    (tiny.site / "n01/deep").mkdir(parents=True)
    (tiny.site / "n01/deep/a b.png").write_bytes(one)
    (tiny.site / "labels.csv").write_text("no picture", encoding="utf-8")
    write_tar(tiny.site / "0.tar", {"n02/b.png": two, "n02/b.cls": b"7"})
    (tiny.site / "cut.tar").write_bytes(tar_of({"c.png": three, "d.png": one})[: 1024 + len(three)])
    places = [
        "0.tar?member=n02/b.png&offset=512&size=" + str(len(two)),
        "cut.tar?member=c.png&offset=512&size=" + str(len(three)),
        "n01/deep/a%20b.png",
    ]
    assert run(tiny, "images") == 0
    assert tiny.rows("documents", "source", "locator", "url", "drop_reason") == [
        ("0.tar", "0", places[0], None),
        ("cut.tar", "0", places[1], None),
        ("cut.tar", "1", "cut.tar#1", "unreadable"),
        ("n01/deep/a%20b.png", "", places[2], None),
    ]
    kept = [hashlib.sha256(data).hexdigest() for data in (two, three, one)]
    assert tiny.rows("image_bytes", "url", "sha256") == list(zip(places, kept, strict=True))
    assert tiny.rows("images_found", "url", "alt_text", "stored_at") == [
        (place, None, None) for place in places
    ]
    counts = tiny.rows("funnel", "entity", "outcome", "row_count")
    assert ("document", "in", 4) in counts and ("document", "quarantined", 1) in counts
    assert tiny.rows("sentences_found", "text") == []


def test_img2datasets_shards_are_read_under_the_urls_they_were_fetched_from(
    spark, models, tmp_path
):
    tiny = Tiny(tmp_path / "in", tmp_path / "warehouse")
    cat, dog = (made(tmp_path / "x.png", seed) for seed in (1, 2))
    facts = json.dumps({"url": "HTTP://example.com/cat.png", "status": "success"}).encode()
    write_tar(tiny.site / "00000.tar", {
        "000000000.png": cat, "000000000.txt": b"A cat sleeps.", "000000000.json": facts,
    })  # fmt: skip
    (tiny.site / "00000.parquet").write_bytes(b"what img2dataset writes beside it")
    (tiny.site / "00001").mkdir()
    (tiny.site / "00001/000010000.png").write_bytes(dog)
    (tiny.site / "00001/000010000.json").write_text('{"caption": "A dog runs."}', encoding="utf-8")
    assert run(tiny, "img2dataset") == 0
    place = f"00000.tar?member=000000000.png&offset=512&size={len(cat)}"
    web, file = "http://example.com/cat.png", "00001/000010000.png"
    assert tiny.rows("images_found", "url", "stored_at", "alt_text", "image_id") == [
        (file, None, "A dog runs.", content_hash_id(file)),
        (web, place, "A cat sleeps.", content_hash_id(web)),
    ]
    assert tiny.rows("image_bytes", "url", "sha256") == [
        (file, hashlib.sha256(dog).hexdigest()),
        (web, hashlib.sha256(cat).hexdigest()),
    ]
    assert tiny.rows("sentences_found", "text") == [("A cat sleeps.",), ("A dog runs.",)]

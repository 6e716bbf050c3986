"""A takedown on the demo: pages and pictures leave tables, release and exports; the rest stays as it is."""

import io
import json
import shutil
import tarfile
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from realsyn_lib.tables import PAIRS, RETRIEVED_TEXTS, SENTENCES, TABLES_BY_NAME
from tests.equal_tables import published
from tests.tiny_site import realsyn

pytestmark = [pytest.mark.spark, pytest.mark.models, pytest.mark.demo, pytest.mark.long]

PAGE = "animals/camels.html"
PICTURE = "monuments/images/qutub-minar.jpg"


@dataclass(frozen=True)
class Takedown:
    """Warehouse and export afterwards, and what they held before."""

    warehouse: Path
    export: Path
    listed: Path
    files: dict[str, bytes]
    rows: dict[str, list[dict]]

    def table(self, name: str) -> list[dict]:
        return published(self.warehouse).read(TABLES_BY_NAME[name]).to_pylist()


@pytest.fixture(scope="module")
def takedown(demo_warehouse, spark, tmp_path_factory) -> Takedown:
    folder = tmp_path_factory.mktemp("takedown")
    warehouse, export, listed = folder / "warehouse", folder / "export", folder / "list.csv"
    shutil.copytree(demo_warehouse, warehouse)
    named = ("--warehouse", warehouse, "--tier", "all", "--to", export, "--format", "webdataset")
    assert realsyn("export", *named, "--set", "release.shard_rows=8") == 0
    files = {path.name: path.read_bytes() for path in export.iterdir()}
    there = published(warehouse)
    rows = {t.name: there.read(t).to_pylist() for t in (PAIRS, RETRIEVED_TEXTS, SENTENCES)}
    listed.write_text(f"document,{PAGE}\nurl,{PICTURE}\n", encoding="utf-8")
    assert realsyn("forget", "--warehouse", warehouse, "--list", listed) == 0
    return Takedown(warehouse, export, listed, files, rows)


def test_the_picture_is_in_no_table_and_no_export(takedown):
    assert [row for row in takedown.table("pairs") if row["raw_image_url"] == PICTURE] == []
    assert [row for row in takedown.table("images") if row["url"] == PICTURE] == []
    urls = {sample["raw_image_url"] for sample in samples(takedown.export)}
    before = {sample["raw_image_url"] for sample in samples_in(takedown.files)}
    assert PICTURE in before and PICTURE not in urls and urls < before


def test_a_text_of_the_page_is_nowhere_and_the_texts_behind_it_moved_up(takedown):
    left = {row["text"] for row in takedown.table("sentences")}
    gone = {row["text"] for row in takedown.rows["sentences"]} - left
    assert any("camel" in text.lower() for text in gone)
    ranks: dict[int, list[int]] = {}
    for row in takedown.table("retrieved_texts"):
        assert row["text"] not in gone
        ranks.setdefault(row["image_id"], []).append(row["rank"])
    assert all(sorted(found) == list(range(1, len(found) + 1)) for found in ranks.values())
    texts = [row[name] for row in takedown.table("pairs") for name in ("text1", "text2", "text3")]
    assert not gone & set(texts)
    told = [
        sample[name]
        for sample in samples(takedown.export)
        for name in ("text1", "text2", "text3", "caption")
    ]
    assert not gone & set(told)


def test_shards_that_held_nothing_of_it_are_the_same_bytes(takedown):
    now = {path.name: path.read_bytes() for path in takedown.export.iterdir()}
    shards = sorted(name for name in takedown.files if name.endswith(".tar"))
    same = [name for name in shards if now[name] == takedown.files[name]]
    assert now.keys() == takedown.files.keys()
    assert 0 < len(same) < len(shards)
    rows = {name: [s["raw_image_url"] for s in samples_in({name: now[name]})] for name in shards}
    sizes = json.loads(now["sizes.json"])
    assert sizes == {name: len(rows[name]) for name in shards}
    assert int(now["__len__"]) == sum(sizes.values()) == json.loads(now["_export.json"])["rows"]
    tables = [pq.read_table(io.BytesIO(now[name.replace(".tar", ".parquet")])) for name in shards]
    assert [table["raw_image_url"].to_pylist() for table in tables] == [
        rows[name] for name in shards
    ]


def test_everything_is_in_order_and_no_trace_is_left(takedown, capsys):
    words = ("--warehouse", takedown.warehouse, "--list", takedown.listed)
    assert realsyn("verify", *words, "--export", takedown.export) == 0, capsys.readouterr().out
    assert realsyn("status", "--warehouse", takedown.warehouse) == 0
    lines = capsys.readouterr().out.splitlines()
    states = {line.split()[0]: line for line in lines if line.split()[:1]}
    assert "out of date: forgotten" in states["retrieve_texts"]
    assert "finished" in states["embed_images"] and "finished" in states["filter_sentences"]


def samples(folder: Path) -> list[dict]:
    return samples_in({path.name: path.read_bytes() for path in folder.glob("*.tar")})


def samples_in(files: dict[str, bytes]) -> list[dict]:
    """What the JSON of every sample says."""
    found = []
    for name in sorted(files):
        if name.endswith(".tar"):
            with tarfile.open(fileobj=io.BytesIO(files[name])) as tar:
                found += [json.load(tar.extractfile(m)) for m in tar if m.name.endswith(".json")]
    return found

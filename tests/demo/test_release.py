"""What the demo releases can be read by those it is for: parquet, webdataset, delta-rs, DuckDB."""

import json
from pathlib import Path

import duckdb
import polars
import pyarrow.parquet as pq
import pytest
import webdataset
from deltalake import DeltaTable

from realsyn_lib import tables as t
from realsyn_lib.tables import ALL_TABLES
from tests.equal_tables import published

pytestmark = [pytest.mark.demo, pytest.mark.spark, pytest.mark.models]

COLUMNS = ["raw_image_url", "text1", "text2", "text3", "syn_text"]
TIERS = ("small", "all")


def folder(warehouse: Path, tier: str, form: str) -> Path:
    return warehouse / "_files" / "releases" / tier / form


def records(warehouse: Path, tier: str) -> list[dict]:
    files = sorted(folder(warehouse, tier, "parquet").glob("*.parquet"))
    return [row for file in files for row in pq.read_table(file).to_pylist()]


def tier_ids(demo, tier: str) -> set[int]:
    return {row["image_id"] for row in demo(t.SAMPLES) if row["tier"] == tier}


def test_the_small_tier_has_exactly_twenty_rows_and_lies_inside_all(demo):
    small, everything = tier_ids(demo, "small"), tier_ids(demo, "all")
    assert len(small) == 20
    assert small < everything
    assert everything == {row["image_id"] for row in demo(t.PAIRS) if row["drop_reason"] is None}


@pytest.mark.parametrize("tier", TIERS)
def test_the_released_parquet_has_exactly_the_five_columns(demo_warehouse, tier):
    for file in folder(demo_warehouse, tier, "parquet").glob("*.parquet"):
        schema = pq.read_schema(file)
        assert (schema.names, {str(kind) for kind in schema.types}) == (COLUMNS, {"string"})


@pytest.mark.parametrize("tier", TIERS)
def test_the_released_records_are_the_pairs_of_the_tier(demo, demo_warehouse, tier):
    pairs = {row["image_id"]: row for row in demo(t.PAIRS)}
    expected = [{name: pairs[id][name] for name in COLUMNS} for id in tier_ids(demo, tier)]
    order = [row["raw_image_url"] for row in expected]
    assert len(set(order)) == len(order)
    found = records(demo_warehouse, tier)
    assert sorted(found, key=str) == sorted(expected, key=str)
    assert all(row["text1"] and row["syn_text"] for row in found)


@pytest.mark.parametrize("tier", TIERS)
def test_the_shards_are_read_by_webdataset_as_open_clip_reads_them(demo, demo_warehouse, tier):
    """open_clip takes the picture from jpg, png, jpeg or webp, the caption from txt or json."""
    shards = sorted(map(str, folder(demo_warehouse, tier, "webdataset").glob("*.tar")))
    pipeline = webdataset.WebDataset(shards, shardshuffle=False).decode("pil")
    samples = list(pipeline.rename(image="jpg;png;jpeg;webp", text="txt").to_tuple("image", "text"))
    assert len(samples) == len(tier_ids(demo, tier))
    assert all(image.mode == "RGB" and max(image.size) <= 512 for image, _ in samples)
    assert sorted(text for _, text in samples) == sorted(
        row["text1"] for row in records(demo_warehouse, tier)
    )


@pytest.mark.parametrize("tier", TIERS)
def test_the_json_of_a_shard_holds_the_record_and_sizes_json_the_counts(demo, demo_warehouse, tier):
    place = folder(demo_warehouse, tier, "webdataset")
    shards = sorted(place.glob("*.tar"))
    dataset = webdataset.WebDataset([str(shard) for shard in shards], shardshuffle=False)
    found = [json.loads(sample["json"]) for sample in dataset]
    assert sorted([{name: row[name] for name in COLUMNS} for row in found], key=str) == sorted(
        records(demo_warehouse, tier), key=str
    )
    assert {int(row["image_id"]) for row in found} == tier_ids(demo, tier)
    sizes = json.loads((place / "sizes.json").read_text())
    assert list(sizes) == [shard.name for shard in shards]
    assert sum(sizes.values()) == len(found)


@pytest.mark.parametrize("table", ALL_TABLES, ids=lambda table: table.name)
def test_delta_rs_duckdb_and_polars_read_every_table_with_its_declared_columns(
    demo_warehouse, table
):
    opened = DeltaTable(str(demo_warehouse / table.name))
    rows = opened.to_pyarrow_table()
    assert rows.schema.names == table.names
    if not table.control:
        assert rows.schema.types == table.arrow_schema().types
    by_arrow = duckdb.sql("SELECT count(*) FROM rows").fetchall()[0][0]
    assert (by_arrow, in_files(opened), in_polars(opened)) == (rows.num_rows,) * 3
    assert opened.protocol().min_reader_version == 1  # no feature that a reader must know


def in_files(table: DeltaTable) -> int:
    """Count the rows by DuckDB's own reader, in the files that the log names."""
    files = table.file_uris()
    if not files:
        return 0
    counted = duckdb.execute("SELECT count(*) FROM read_parquet($files)", {"files": files})
    return counted.fetchall()[0][0]


def in_polars(table: DeltaTable) -> int:
    return polars.read_delta(table.table_uri).height


def test_every_table_is_published_and_the_reports_are_written(demo_warehouse):
    tables = {table.name for table in ALL_TABLES if not table.control}
    assert set(published(demo_warehouse).versions) == tables
    assert not list((demo_warehouse / "_files").rglob("*.partial"))

"""Released parquet files: one for each shard, in order, the same bytes for the same rows."""

import hashlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from realsyn_lib.release.unfinished import BEGUN
from tests.begun_export import begun
from udfs.write_records import write_records

COLUMNS = ["raw_image_url", "text1", "text2", "text3", "syn_text"]


def rows(*placed: tuple[int, str]) -> pa.RecordBatch:
    texts = {name: [f"{name} of {url}" for _, url in placed] for name in COLUMNS[1:]}
    shards = pa.array([shard for shard, _ in placed], pa.int32())
    urls = {"image_id": list(range(len(placed))), "raw_image_url": [url for _, url in placed]}
    return pa.record_batch({"shard_no": shards, **urls, **texts})


def write(folder: Path, *batches: pa.RecordBatch, shards: int = 2) -> list[dict]:
    facts = write_records(begun(str(folder)), shards)(iter(batches))
    return [row for batch in facts for row in batch.to_pylist()]


def test_each_shard_is_a_file_of_its_rows_in_their_order(tmp_path):
    facts = write(tmp_path, rows((0, "b"), (0, "a")), rows((1, "c"), (0, "d")))
    assert [(row["name"], row["row_count"]) for row in facts] == [
        ("train-00000-of-00002.parquet", 3), ("train-00001-of-00002.parquet", 1),
    ]  # fmt: skip
    for row in facts:
        written = (tmp_path / row["name"]).read_bytes()
        assert row["sha256"] == hashlib.sha256(written).hexdigest()
    first = pq.read_table(tmp_path / facts[0]["name"])
    assert first.schema.names == COLUMNS
    assert first["raw_image_url"].to_pylist() == ["b", "a", "d"]
    assert first["text3"].to_pylist()[0] == "text3 of b"


def test_a_task_without_rows_writes_nothing(tmp_path):
    assert write(tmp_path) == []
    assert [path.name for path in tmp_path.iterdir()] == [BEGUN]


def test_the_batches_that_rows_come_in_do_not_show_in_the_bytes(tmp_path):
    whole, parts = rows((0, "a"), (0, "b")), [rows((0, "a"), (0, "b")).slice(n, 1) for n in (0, 1)]
    write(tmp_path / "whole", whole, shards=1)
    write(tmp_path / "parts", *parts, shards=1)
    name = "train-00000-of-00001.parquet"
    assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "parts" / name).read_bytes()

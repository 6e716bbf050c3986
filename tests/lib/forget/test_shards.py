"""Files of an export without some rows: what stays is byte for byte what a writer makes of it."""

import json
import tarfile

import pyarrow as pa
import pyarrow.parquet as pq

from realsyn_lib.forget.shards import Losses, clean_records, clean_shard
from realsyn_lib.ids import content_hash_id
from realsyn_lib.release.records import RECORD_SCHEMA, records_file
from realsyn_lib.release.samples import Sample
from realsyn_lib.release.unfinished import BEGUN
from realsyn_lib.release.webdataset import ShardLayout, write_shard
from tests.begun_export import begun
from tests.encoded_picture import grey_picture

LAYOUT = ShardLayout(index_digits=4, encode_format="jpg", caption="text2")


def sample(n, texts=("one", "two", "three", "syn")):
    return Sample(n, n, f"a/{n}.png", texts, f"digest {n}", grey_picture(40 * n))


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != BEGUN}


def test_a_shard_without_its_last_sample_is_what_a_writer_makes_of_the_others(tmp_path):
    whole, less = tmp_path / "whole", tmp_path / "less"
    write_shard(begun(str(whole)), 3, [sample(0), sample(1), sample(2)], LAYOUT)
    write_shard(begun(str(less)), 3, [sample(0), sample(1)], LAYOUT)
    clean_shard(str(whole), "00003", Losses(rows=frozenset({2})))
    assert files(whole) == files(less)


def test_samples_keep_their_keys(tmp_path):
    write_shard(begun(str(tmp_path)), 3, [sample(0), sample(1), sample(2)], LAYOUT)
    clean_shard(str(tmp_path), "00003", Losses(rows=frozenset({0})))
    with tarfile.open(tmp_path / "00003.tar") as tar:
        assert [name for name in tar.getnames() if name.endswith(".txt")] == [
            "000030001.txt", "000030002.txt",
        ]  # fmt: skip
    stats = json.loads((tmp_path / "00003_stats.json").read_text())
    assert (stats["count"], stats["successes"]) == (2, 2)


def test_a_text_that_is_lost_leaves_its_place_and_the_caption_to_others(tmp_path):
    write_shard(begun(str(tmp_path)), 3, [sample(0), sample(1)], LAYOUT)
    clean_shard(str(tmp_path), "00003", Losses(texts={1: frozenset({"text2"})}))
    with tarfile.open(tmp_path / "00003.tar") as tar:
        told = json.load(tar.extractfile("000030001.json"))
        assert tar.extractfile("000030001.txt").read() == b"one"
        assert tar.extractfile("000030000.txt").read() == b"two"
    assert [told[f"text{n}"] for n in (1, 2, 3)] == ["one", "three", None]
    assert (told["syn_text"], told["caption"]) == ("syn", "one")
    assert pq.read_table(tmp_path / "00003.parquet")["text2"].to_pylist() == ["two", "three"]


def test_a_parquet_file_without_some_records_is_what_a_writer_makes_of_the_others(tmp_path):
    rows = [{"raw_image_url": f"{n}.jpg", "text1": "a", "text2": "b", "text3": "c", "syn_text": "d"}
            for n in range(3)]  # fmt: skip
    (tmp_path / "x.parquet").write_bytes(records_file(pa.Table.from_pylist(rows, RECORD_SCHEMA)))
    losses = Losses(
        frozenset({content_hash_id("0.jpg")}), {content_hash_id("2.jpg"): frozenset({"text2"})}
    )
    clean_records(str(tmp_path), "x.parquet", losses)
    left = [rows[1], {**rows[2], "text2": "c", "text3": None}]
    expected = records_file(pa.Table.from_pylist(left, RECORD_SCHEMA))
    assert (tmp_path / "x.parquet").read_bytes() == expected

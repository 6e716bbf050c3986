"""Shards written from rows of records and files, pictures through the guarded child."""

import numpy as np
import pyarrow as pa
import pytest
import webdataset
from PIL import Image

from realsyn_lib.release.picture import PictureRules
from realsyn_lib.release.webdataset import ShardLayout
from tests.begun_export import begun
from tests.encoded_picture import encoded
from udfs.guarded_decode import ChildLimits
from udfs.write_shards import SHARDS_SCHEMA, ShardWork, write_shards

LIMITS = ChildLimits(10.0, 2 * 2**30, 2**12)  # a few files at a time
LAYOUT = ShardLayout(index_digits=4, encode_format="jpg", caption="text1")
TEXTS = ("raw_image_url", "text1", "text2", "text3", "syn_text")
SCHEMA = pa.schema([
    ("shard_no", pa.int32()), ("rank", pa.int64()), ("image_id", pa.int64()),
    *((name, pa.string()) for name in TEXTS), ("bytes", pa.binary()), ("sha256", pa.string()),
])  # fmt: skip


def jpeg(shade):
    return encoded(Image.fromarray(np.full((12, 12, 3), shade, np.uint8)), "JPEG")


def rows(shard_numbers, without_record=(), files=None):
    """A record and its file for each number; of some only the file."""
    made = []
    for number, shard_no in enumerate(shard_numbers):
        place = {"shard_no": shard_no, "rank": number, "image_id": number}
        texts = {"raw_image_url": f"{number}.jpg", "text1": f"text {number}", "syn_text": "made"}
        if number not in without_record:
            made.append(place | texts)
        data = (files or {}).get(number, jpeg(number * 20))
        made.append(place | {"bytes": data, "sha256": f"digest {number}"})
    return pa.Table.from_pylist(made, schema=SCHEMA)


def facts_of(folder, table, size=100, **rules):
    work = ShardWork(PictureRules(**rules), LIMITS, LAYOUT)
    batches = iter(table.to_batches(max_chunksize=size))
    written = list(write_shards(begun(str(folder)), work)(batches))
    return pa.Table.from_batches(written, SHARDS_SCHEMA).to_pylist()


def read(path):
    return list(webdataset.WebDataset(str(path), shardshuffle=False))


def test_a_partition_writes_a_file_for_each_of_its_shards(tmp_path):
    facts = facts_of(tmp_path, rows([2, 2, 2, 5]))
    assert [(row["name"], row["sample_count"]) for row in facts] == [("00002", 3), ("00005", 1)]
    samples = read(tmp_path / "00002.tar")
    assert [sample["txt"] for sample in samples] == [b"text 0", b"text 1", b"text 2"]


@pytest.mark.parametrize("skip", [False, True])
def test_how_rows_are_batched_changes_no_byte(tmp_path, skip):
    digests = [
        facts_of(tmp_path / str(size), rows([0] * 9), size, skip_reencode=skip)[0]["sha256"]
        for size in (1, 3, 100)  # a record and its file may be in two batches
    ]
    assert len(set(digests)) == 1


def test_a_file_without_a_record_is_passed_over(tmp_path):
    (facts,) = facts_of(tmp_path, rows([0, 0, 0, 0], without_record={0, 2}))
    assert facts["sample_count"] == 2
    assert [sample["txt"] for sample in read(tmp_path / "00000.tar")] == [b"text 1", b"text 3"]


def test_what_cannot_be_decoded_is_counted_whether_or_not_others_keep_their_pixels(tmp_path):
    half = jpeg(50)[:300]
    (facts,) = facts_of(tmp_path, rows([0, 0], files={0: half}), skip_reencode=True)
    assert (facts["sample_count"], dict(facts["refused"])) == (1, {"truncated": 1})
    assert read(tmp_path / "00000.tar")[0]["jpg"] == jpeg(20)


def test_the_size_of_the_picture_and_of_the_file_are_told_apart(tmp_path):
    facts_of(tmp_path, rows([0]), image_size=6)
    (sample,) = webdataset.WebDataset(str(tmp_path / "00000.tar"), shardshuffle=False).decode("pil")
    told = sample["json"]
    assert sample["jpg"].size == (6, 6) == (told["width"], told["height"])
    assert (told["original_width"], told["original_height"]) == (12, 12)

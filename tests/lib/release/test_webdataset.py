import hashlib
import json
import tarfile

import pyarrow.parquet as pq
import pytest
import webdataset
from open_clip_train.data import filter_no_caption_or_no_image, get_dataset_size

from realsyn_lib.errors import EnvironmentFault
from realsyn_lib.release.picture import Picture
from realsyn_lib.release.samples import Sample
from realsyn_lib.release.shards import sizes_json
from realsyn_lib.release.unfinished import BEGUN
from realsyn_lib.release.webdataset import ShardLayout, write_shard
from tests.begun_export import begun
from tests.encoded_picture import grey_picture

LAYOUT = ShardLayout(index_digits=4, encode_format="jpg", caption="text1")


def samples(count=3, texts=("one", "two", None, "four")):
    return [
        Sample(2**62 + n, n, f"a/{n}.png", texts, f"digest {n}", grey_picture(40 * n))
        for n in range(count)
    ]


def read(path):
    return list(webdataset.WebDataset(str(path), shardshuffle=False))


def test_webdataset_gives_every_sample_once_with_all_its_texts(tmp_path):
    write_shard(begun(str(tmp_path)), 7, samples(), LAYOUT)
    dataset = webdataset.WebDataset(str(tmp_path / "00007.tar"), shardshuffle=False)
    found = list(dataset.decode("rgb8"))
    assert [sample["__key__"] for sample in found] == ["000070000", "000070001", "000070002"]
    assert [sample["jpg"].shape for sample in found] == [(20, 30, 3)] * 3
    assert [int(sample["jpg"][10, 15, 0]) for sample in found] == [0, 40, 80]
    assert found[1]["txt"] == "one"
    assert found[1]["json"] == {
        "raw_image_url": "a/1.png",
        "image_id": str(2**62 + 1),
        "text1": "one",
        "text2": "two",
        "text3": None,
        "syn_text": "four",
        "caption": "one",
        "url": "a/1.png",
        "key": "000070001",
        "status": "success",
        "error_message": None,
        "width": 30,
        "height": 20,
        "original_width": 30,
        "original_height": 20,
        "exif": "{}",
        "sha256": "digest 1",
    }


def test_open_clip_finds_sizes_and_takes_every_sample(tmp_path):
    stats = [
        write_shard(begun(str(tmp_path)), number, samples(number + 1), LAYOUT) for number in (0, 1)
    ]
    (tmp_path / "sizes.json").write_bytes(sizes_json(stats))
    assert get_dataset_size(str(tmp_path / "{00000..00001}.tar")) == (3, 2)
    found = [sample for shard in stats for sample in read(tmp_path / f"{shard.name}.tar")]
    assert len(found) == 3
    assert all(map(filter_no_caption_or_no_image, found))


def test_the_same_samples_give_the_same_bytes(tmp_path):
    one, other = (write_shard(begun(str(tmp_path / n)), 0, samples(), LAYOUT) for n in ("a", "b"))
    assert one == other
    for name in ("00000.tar", "00000.parquet", "00000_stats.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_the_stated_size_and_digest_are_those_of_the_file(tmp_path):
    stats = write_shard(begun(str(tmp_path)), 0, samples(), LAYOUT)
    data = (tmp_path / "00000.tar").read_bytes()
    assert (stats.size_bytes, stats.sha256) == (len(data), hashlib.sha256(data).hexdigest())


def test_members_carry_no_time_and_no_owner(tmp_path):
    write_shard(begun(str(tmp_path)), 0, samples(1), LAYOUT)
    with tarfile.open(tmp_path / "00000.tar") as tar:
        members = tar.getmembers()
    assert [member.name for member in members] == [
        "000000000.jpg",
        "000000000.json",
        "000000000.txt",
    ]
    assert {(m.mtime, m.uid, m.gid, m.uname, m.gname) for m in members} == {(0, 0, 0, "", "")}


@pytest.mark.parametrize(
    "text", ["", "two\nlines", "NUL \0 inside", "{}", "x" * 1_000_000, "emoji 🦆 and ü", '"NaN"']
)
def test_any_text_comes_back_as_it_was(tmp_path, text):
    write_shard(begun(str(tmp_path)), 0, samples(1, (text, None, None, text)), LAYOUT)
    (found,) = read(tmp_path / "00000.tar")
    assert found["txt"].decode() == text
    assert json.loads(found["json"])["syn_text"] == text
    assert pq.read_table(tmp_path / "00000.parquet")["caption"].to_pylist() == [text]


def test_a_lone_surrogate_does_not_stop_the_shard(tmp_path):
    stats = write_shard(begun(str(tmp_path)), 0, samples(1, ("a\ud800b", None, None, None)), LAYOUT)
    (found,) = read(tmp_path / "00000.tar")
    assert stats.sample_count == 1
    assert found["txt"] == b"a?b"


def test_a_broken_picture_is_left_out_keeps_its_number_and_stands_in_the_table(tmp_path):
    rows = samples()
    rows[1] = Sample(5, 0, "bad", ("t", None, None, None), "d", Picture(None, reason="truncated"))
    stats = write_shard(begun(str(tmp_path)), 0, rows, LAYOUT)
    assert (stats.sample_count, stats.refused) == (2, {"truncated": 1})
    assert [s["__key__"] for s in read(tmp_path / "00000.tar")] == ["000000000", "000000002"]
    table = pq.read_table(tmp_path / "00000.parquet").to_pylist()
    assert [row["status"] for row in table] == ["success", "failed_to_resize", "success"]
    assert (table[1]["error_message"], table[1]["width"]) == ("truncated", None)
    told = json.loads((tmp_path / "00000_stats.json").read_text())
    assert told["status_dict"] == {"success": 2, "truncated": 1}
    assert (told["count"], told["successes"], told["failed_to_resize"]) == (3, 2, 1)


def test_a_missing_folder_is_made_and_holds_three_files_a_shard(tmp_path):
    write_shard(begun(str(tmp_path / "new/folder")), 0, samples(1), LAYOUT)
    assert sorted(path.name for path in (tmp_path / "new/folder").iterdir()) == [
        "00000.parquet", "00000.tar", "00000_stats.json", BEGUN,
    ]  # fmt: skip


def test_a_failure_leaves_no_file_behind(tmp_path):
    def broken():
        yield samples(1)[0]
        raise OSError("source is gone")

    with pytest.raises(OSError, match="source is gone"):
        write_shard(begun(str(tmp_path)), 0, broken(), LAYOUT)
    assert [path.name for path in tmp_path.iterdir()] == [BEGUN]


def test_a_full_disk_is_told_with_its_place_and_leaves_no_file_behind(tmp_path, monkeypatch):
    export = begun(str(tmp_path))
    monkeypatch.setattr("secrets.token_hex", lambda _size: "1")
    (tmp_path / ".00000.tar.partial-1").symlink_to("/dev/full")
    with pytest.raises(EnvironmentFault, match=f"below {tmp_path}: No space left.*; free space"):
        write_shard(export, 0, samples(), LAYOUT)
    assert [path.name for path in tmp_path.iterdir()] == [BEGUN]

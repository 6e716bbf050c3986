import io
import json
import tarfile

import numpy as np
import pytest
import webdataset
from open_clip_train.data import filter_no_caption_or_no_image, get_dataset_size
from PIL import Image

from realsyn_lib.release.picture import PictureRules
from realsyn_lib.release.shards import sizes_json
from realsyn_lib.release.webdataset import Sample, write_shard

RULES = PictureRules(max_side_px=32)


def png(shade):
    written = io.BytesIO()
    Image.fromarray(np.full((20, 30, 3), shade, np.uint8)).save(written, format="PNG")
    return written.getvalue()


def samples(count=3, **changes):
    row = {"text1": "one", "text2": "two", "text3": None, "syn_text": "four"} | changes
    return [
        Sample(image_id=2**62 + n, raw_image_url=f"a/{n}.png", image=png(40 * n), **row)
        for n in range(count)
    ]


def test_webdataset_gives_every_sample_once_with_all_its_texts(tmp_path):
    write_shard(str(tmp_path), 7, samples(), RULES)
    read = list(
        webdataset.WebDataset(str(tmp_path / "00007.tar"), shardshuffle=False).decode("rgb8")
    )
    assert [sample["__key__"] for sample in read] == ["0000700000", "0000700001", "0000700002"]
    assert [sample["jpg"].shape for sample in read] == [(20, 30, 3)] * 3
    assert [int(sample["jpg"][10, 15, 0]) for sample in read] == [0, 40, 80]
    assert read[1]["txt"] == "one"
    assert read[1]["json"] == {
        "raw_image_url": "a/1.png",
        "image_id": str(2**62 + 1),
        "text1": "one",
        "text2": "two",
        "text3": None,
        "syn_text": "four",
        "width": 30,
        "height": 20,
    }


def test_open_clip_finds_sizes_and_takes_every_sample(tmp_path):
    stats = [write_shard(str(tmp_path), number, samples(number + 1), RULES) for number in (0, 1)]
    (tmp_path / "sizes.json").write_bytes(sizes_json(stats))
    assert get_dataset_size(str(tmp_path / "{00000..00001}.tar")) == (3, 2)
    shards = [str(tmp_path / shard.name) for shard in stats]
    read = list(webdataset.WebDataset(shards, shardshuffle=False))
    assert len(read) == 3
    assert all(map(filter_no_caption_or_no_image, read))


def test_the_same_samples_give_the_same_bytes(tmp_path):
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    one, other = (
        write_shard(str(tmp_path / name), 0, samples(), RULES) for name in ("one", "other")
    )
    assert one == other
    assert (tmp_path / "one/00000.tar").read_bytes() == (tmp_path / "other/00000.tar").read_bytes()


def test_members_carry_no_time_and_no_owner(tmp_path):
    write_shard(str(tmp_path), 0, samples(1), RULES)
    with tarfile.open(tmp_path / "00000.tar") as tar:
        members = tar.getmembers()
    assert [member.name for member in members] == [
        "0000000000.jpg",
        "0000000000.json",
        "0000000000.txt",
    ]
    assert {(m.mtime, m.uid, m.gid, m.uname, m.gname) for m in members} == {(0, 0, 0, "", "")}


@pytest.mark.parametrize(
    "text", ["", "two\nlines", "NUL \0 inside", "{}", "x" * 1_000_000, "emoji 🦆 and ü", '"NaN"']
)
def test_any_text_comes_back_as_it_was(tmp_path, text):
    write_shard(str(tmp_path), 0, samples(1, text1=text, syn_text=text), RULES)
    (read,) = webdataset.WebDataset(str(tmp_path / "00000.tar"), shardshuffle=False)
    assert read["txt"].decode() == text
    assert json.loads(read["json"])["syn_text"] == text


def test_a_lone_surrogate_does_not_stop_the_shard(tmp_path):
    stats = write_shard(str(tmp_path), 0, samples(1, text1="a\ud800b"), RULES)
    (read,) = webdataset.WebDataset(str(tmp_path / "00000.tar"), shardshuffle=False)
    assert stats.sample_count == 1
    assert read["txt"] == b"a?b"


def test_a_broken_picture_is_left_out_and_counted(tmp_path):
    rows = samples()
    rows[1] = Sample(5, "bad", "t", None, None, None, b"<html>")
    stats = write_shard(str(tmp_path), 0, rows, RULES)
    assert (stats.sample_count, stats.refused) == (2, {"not_an_image": 1})


def test_a_missing_folder_is_made(tmp_path):
    write_shard(str(tmp_path / "new/folder"), 0, samples(1), RULES)
    assert [path.name for path in (tmp_path / "new/folder").iterdir()] == ["00000.tar"]


def test_a_failure_leaves_no_file_behind(tmp_path):
    def broken():
        yield samples(1)[0]
        raise OSError("source is gone")

    with pytest.raises(OSError, match="source is gone"):
        write_shard(str(tmp_path), 0, broken(), RULES)
    assert list(tmp_path.iterdir()) == []

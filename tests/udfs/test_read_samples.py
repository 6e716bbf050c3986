"""Archives and open pictures on a disk -> rows of samples; bytes of pictures are not among them."""

import pyarrow as pa
import pytest

from realsyn_lib.sources.images import IMAGES_LAYOUT
from realsyn_lib.sources.img2dataset import IMG2DATASET_LAYOUT
from tests.made_tars import tar_of, write_tar
from udfs import read_samples as module
from udfs.read_samples import read_samples

SHARD = {
    "0.jpg": b"picture 0", "0.txt": b"A cat.", "0.json": b"{}",
    "1.cls": b"7", "1.png": b"picture 1",
    "2.txt": b"alone",
}  # fmt: skip


def rows(path, layout=IMG2DATASET_LAYOUT, max_bytes=1000, source=None, reason=None):
    file = {"source": source or path.name, "path": str(path), "reason": reason}
    file["size_bytes"] = path.stat().st_size if path.exists() else 0
    batches = read_samples(layout, max_bytes)(iter([pa.RecordBatch.from_pylist([file])]))
    return [row for batch in batches for row in batch.to_pylist()]


def kinds(row):
    return [(member["kind"], member["data"]) for member in row["members"]]


def test_members_of_one_key_are_a_sample_whose_texts_are_read(tmp_path):
    path = write_tar(tmp_path / "0.tar", SHARD)
    found = rows(path)
    assert [(row["locator"], kinds(row)) for row in found] == [
        ("0", [("jpg", None), ("txt", b"A cat."), ("json", b"{}")]),
        ("1", [("png", None)]),
        ("2", [("txt", b"alone")]),
    ]
    data = path.read_bytes()
    places = [(m["offset"], m["size"]) for row in found[:2] for m in row["members"][:1]]
    assert [data[offset : offset + size] for offset, size in places] == [b"picture 0", b"picture 1"]


def test_of_an_archive_of_pictures_each_picture_is_a_row(tmp_path):
    found = rows(write_tar(tmp_path / "0.tar", SHARD), IMAGES_LAYOUT)
    assert [(row["locator"], kinds(row)) for row in found] == [
        ("0", [("jpg", None)]),
        ("1", [("png", None)]),
    ]


def test_an_open_picture_has_the_texts_of_its_name(tmp_path):
    for name, data in SHARD.items():
        (tmp_path / name).write_bytes(data)
    found = rows(tmp_path / "0.jpg", source="in/0.jpg")[0]
    assert (found["locator"], kinds(found)) == (
        "", [("jpg", None), ("json", b"{}"), ("txt", b"A cat.")],
    )  # fmt: skip
    assert (found["members"][0]["name"], found["members"][0]["offset"]) == ("in/0.jpg", None)
    assert kinds(rows(tmp_path / "1.png")[0]) == [("png", None)]


def test_a_cut_archive_gives_its_whole_samples_and_a_row_that_says_where_it_ends(tmp_path):
    path = tmp_path / "0.tar"
    path.write_bytes(tar_of(SHARD)[: 512 * 11])  # inside 2.txt: what belongs to 1 is not known
    found = rows(path)
    assert [(row["locator"], row["reason"]) for row in found] == [("0", None), ("1", "unreadable")]
    assert found[1]["detail"] == "byte 5120: a member of 5 bytes reaches beyond the end"
    alone = rows(path, IMAGES_LAYOUT)
    assert [row["reason"] for row in alone] == [None, None, "unreadable"]


def test_an_archive_that_is_gone_or_refused_is_one_row(tmp_path):
    gone = rows(tmp_path / "gone.tar")
    assert [(row["reason"], row["detail"]) for row in gone] == [
        ("unreadable", "No such file or directory")
    ]
    assert [row["reason"] for row in rows(tmp_path / "x.tar", reason="bad_url")] == ["bad_url"]


@pytest.mark.parametrize(("most", "reason"), [(8, None), (7, "document_too_large")])
def test_texts_of_a_sample_have_a_bound_and_the_next_sample_is_read(tmp_path, most, reason):
    found = rows(write_tar(tmp_path / "0.tar", SHARD), max_bytes=most)
    assert [row["reason"] for row in found] == [reason, None, None]
    for name, data in SHARD.items():
        (tmp_path / name).write_bytes(data)
    assert rows(tmp_path / "0.jpg", max_bytes=most)[0]["reason"] == reason


def test_a_sample_of_too_many_members_is_refused_and_not_held(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_MOST_MEMBERS", 2)
    found = rows(write_tar(tmp_path / "0.tar", SHARD))
    assert [(row["reason"], len(row["members"])) for row in found] == [
        ("document_too_large", 0), (None, 1), (None, 1),
    ]  # fmt: skip


def test_a_remote_archive_is_read_as_a_stream_with_the_same_rows(tmp_path, monkeypatch):
    path = write_tar(tmp_path / "0.tar", SHARD)
    local = rows(path)
    system = pa.fs.SubTreeFileSystem(str(tmp_path), pa.fs.LocalFileSystem())
    monkeypatch.setattr(module, "open_file_system", lambda _location: (system, "0.tar"))
    assert rows(path) == local

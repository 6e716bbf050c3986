"""Small files are replaced whole or not at all."""

import os

import pytest
from pyarrow import fs

from realsyn_lib.errors import InputError
from realsyn_lib.files import (
    copy_folder,
    open_file_system,
    read_text,
    remove_folder,
    replace_folder,
    write_bytes,
    write_text,
)


@pytest.fixture(params=["path", "uri"])
def place(request, tmp_path) -> str:
    return str(tmp_path) if request.param == "path" else f"file://{tmp_path}"


def test_what_was_written_is_read_and_nothing_else_is_left(place, tmp_path):
    write_text(f"{place}/a/b.json", "één")
    write_text(f"{place}/a/b.json", "twee")
    assert read_text(f"{place}/a/b.json") == "twee"
    assert os.listdir(tmp_path / "a") == ["b.json"]


def test_a_file_that_is_not_there_and_a_folder_read_as_nothing(place, tmp_path):
    (tmp_path / "folder").mkdir()
    assert read_text(f"{place}/none.json") is None
    assert read_text(f"{place}/folder") is None


def test_a_write_that_fails_leaves_the_old_file(place, tmp_path):
    write_bytes(f"{place}/a", b"old")
    with pytest.raises(TypeError):
        write_bytes(f"{place}/a", None)
    assert (tmp_path / "a").read_bytes() == b"old"


def test_a_folder_takes_the_place_of_another(place, tmp_path):
    write_text(f"{place}/new/x", "new")
    write_text(f"{place}/old/y", "old")
    replace_folder(f"{place}/new", f"{place}/old")
    assert [path.name for path in tmp_path.iterdir()] == ["old"]
    assert os.listdir(tmp_path / "old") == ["x"]


def test_a_folder_takes_a_name_that_was_free(place, tmp_path):
    write_text(f"{place}/new/x", "new")
    replace_folder(f"{place}/new", f"{place}/there")
    assert read_text(f"{place}/there/x") == "new"


def test_a_folder_is_copied_file_by_file_its_markers_last(tmp_path):
    for name in ("_done.json", "b.tar", "a/c.tar"):
        write_text(f"{tmp_path}/made/{name}", name)
    copy_folder(fs.SubTreeFileSystem(str(tmp_path), fs.LocalFileSystem()), "made", "there/it")
    copies = [path for path in (tmp_path / "there/it").rglob("*") if path.is_file()]
    order = sorted(copies, key=lambda path: path.stat().st_mtime_ns)
    assert [path.name for path in order] == ["c.tar", "b.tar", "_done.json"]
    assert [path.read_text() for path in order] == ["a/c.tar", "b.tar", "_done.json"]


def test_removing_what_is_not_there_is_no_error(place, tmp_path):
    remove_folder(f"{place}/none")
    write_text(f"{place}/a/b/c", "x")
    remove_folder(f"{place}/a")
    assert list(tmp_path.iterdir()) == []


def test_a_scheme_nobody_knows_is_told():
    with pytest.raises(InputError, match="expected a path or an s3://, gs://, abfs:// URI"):
        open_file_system("gopher://x/y")


def test_a_name_with_marks_of_a_uri_is_taken_as_it_is(tmp_path):
    write_text(f"file://{tmp_path}/a b%20#?.txt", "there")
    assert os.listdir(tmp_path) == ["a b%20#?.txt"]
    assert read_text(f"file://{tmp_path}/a b%20#?.txt") == "there"


@pytest.mark.parametrize(
    ("location", "path"),
    [("s3a://bucket/a/b", "bucket/a/b"), ("s3://bucket/a/", "bucket/a"), ("s3://bucket", "bucket"),
     ("file:///", "/"), ("file:///a", "/a")],
)  # fmt: skip
def test_the_path_in_a_store_begins_with_its_bucket(location, path, monkeypatch):
    monkeypatch.setenv(
        "AWS_ENDPOINT_URL", "http://127.0.0.1:1"
    )  # else the bucket's region is asked
    assert open_file_system(location)[1] == path

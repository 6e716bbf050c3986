"""Which files an --input names: each once, under one address, and none that must not be read."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest
from pyarrow import fs

from jobs.input_files import Place, files_of, place_of, remote_files
from jobs.inputs import InputFiles, InputSpec, image_roots, list_inputs
from realsyn_lib.errors import InputError


def put(root: Path, *names: str | bytes) -> Path:
    """Write files, each with its own name as content; returns the folder."""
    for name in map(os.fsencode, names):
        path = os.path.join(os.fsencode(root), name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        Path(os.fsdecode(path)).write_bytes(name)
    return root


def listed(*paths: Path, image_root: Path | None = None) -> InputFiles:
    root = str(image_root) if image_root else None
    return list_inputs(InputSpec(tuple(map(str, paths)), "html", root))


def sources(files: Iterable) -> list[str]:
    return [file.source for file in files]


def test_two_inputs_with_a_page_of_one_name_are_refused_with_both_paths(tmp_path):
    put(tmp_path, "a/index.html", "b/index.html")
    with pytest.raises(InputError, match="name one folder that holds both") as raised:
        listed(tmp_path / "a", tmp_path / "b")
    assert f"{tmp_path}/a/index.html and {tmp_path}/b/index.html would both have" in str(
        raised.value
    )
    assert sources(listed(tmp_path).documents) == ["a/index.html", "b/index.html"]


def test_two_inputs_with_a_picture_of_one_name_are_refused_and_with_a_style_sheet_are_not(tmp_path):
    put(tmp_path, "a/x.html", "b/y.html", "a/s.css", "b/s.css", "a/p.JPG", "b/q.JPG")
    found = listed(tmp_path / "a", tmp_path / "b")
    assert sources(found.documents) == ["x.html", "y.html"]
    assert sources(found.others) == ["p.JPG", "q.JPG", "s.css", "s.css"]
    put(tmp_path, "b/p.JPG")
    with pytest.raises(InputError, match=r"b/p.JPG would both have the address p.JPG"):
        listed(tmp_path / "a", tmp_path / "b")


def test_with_an_image_root_the_pictures_beside_the_pages_do_not_count(tmp_path):
    put(tmp_path, "a/x.html", "b/y.html", "a/p.jpg", "b/p.jpg", "images/p.jpg", "images/i.html")
    found = listed(tmp_path / "a", tmp_path / "b", image_root=tmp_path / "images")
    assert sources(found.others) == ["i.html", "p.jpg"]


def test_where_a_column_holds_the_pictures_the_documents_are_their_files_and_no_others(tmp_path):
    put(tmp_path, "x.html", "p.jpg")
    before = listed(tmp_path)
    os.utime(tmp_path / "p.jpg", (1, 1))
    assert before.image_fingerprints() != listed(tmp_path).image_fingerprints()
    assert before.image_fingerprints("image") == listed(tmp_path).image_fingerprints("image")
    before = listed(tmp_path)
    os.utime(tmp_path / "x.html", (1, 1))
    after = listed(tmp_path)
    assert before.image_fingerprints() == after.image_fingerprints()
    assert before.image_fingerprints("image") != after.image_fingerprints("image")
    assert after.image_fingerprints("image") != after.image_fingerprints("photo")


def test_a_file_that_several_inputs_name_comes_once(tmp_path):
    site = put(tmp_path / "site", "sub/x.html", "y.html")
    (tmp_path / "other-name").symlink_to(site)
    again = [site, site / "sub", site / "sub" / "x.html", tmp_path / "other-name", site / "../site"]
    uri = f"file://{site}"
    for paths in ([site, *again], [*reversed(again), site]):
        found = listed(*paths, uri)
        assert sources(found.documents) == ["sub/x.html", "y.html"]
        (root,) = image_roots(InputSpec((*map(str, paths), uri), "html"))
        assert os.path.realpath(root) == os.path.realpath(site)


def test_pages_named_one_by_one_find_their_pictures_in_their_own_folders(tmp_path):
    put(tmp_path, "x.html", "y.html", "sub/z.html")
    pages = [str(tmp_path / name) for name in ("x.html", "y.html", "sub/z.html")]
    assert image_roots(InputSpec(tuple(pages), "html")) == (str(tmp_path), str(tmp_path / "sub"))
    assert sources(listed(*map(Path, pages)).documents) == ["x.html", "y.html", "z.html"]


def test_an_input_inside_another_must_exist_too(tmp_path):
    put(tmp_path, "x.html")
    with pytest.raises(InputError, match=r"--input .*/sbu does not exist"):
        listed(tmp_path, tmp_path / "sbu")
    with pytest.raises(InputError, match=r"--input .*/x.html/y does not exist"):
        listed(tmp_path, tmp_path / "x.html" / "y")
    with pytest.raises(InputError, match=r"--image-root .*/none does not exist"):
        listed(tmp_path, image_root=tmp_path / "none")


def test_odd_names_have_addresses_of_their_own_and_those_that_are_refused_say_so(tmp_path):
    put(tmp_path, b"\xff.html", b"\xfe.html", "?.html", "%FF.html", "a/x\x01.html", "b/x\x01.html")
    put(tmp_path, "%3F.html", "c/\u202ex.html")
    found = {file.source: file.problem for file in listed(tmp_path).documents}
    assert found == {
        "%FF.html": "bad_url",
        "%FE.html": "bad_url",
        "%3F.html": None,
        "%25FF.html": None,
        "%253F.html": None,
        "a/x%01.html": "bad_url",
        "b/x%01.html": "bad_url",
        "c/%E2%80%AEx.html": "bad_url",
    }
    for file in listed(tmp_path).documents:
        file.path.encode()  # Spark takes nothing else


def test_links_out_of_the_input_in_a_circle_to_a_folder_or_a_pipe_are_not_to_be_read(tmp_path):
    site = put(tmp_path / "site", "inside.html", "folder/x.html")
    put(tmp_path, "secret.html")
    os.mkfifo(site / "pipe.html")
    for name, target in (
        ("good", "inside.html"), ("out", "../secret.html"), ("circle", "circle.html"),
        ("gone", "none.html"), ("to_folder", "folder"), ("to_pipe", "pipe.html"),
    ):  # fmt: skip
        (site / f"{name}.html").symlink_to(target)
    found = {file.source: file.problem for file in listed(site).documents}
    assert found == {
        "inside.html": None,
        "folder/x.html": None,
        "good.html": None,
        "out.html": "bad_url",
        "circle.html": "unreadable",
        "gone.html": "unreadable",
        "to_folder.html": "unreadable",
        "to_pipe.html": "unreadable",
    }


MADE = (
    "runs/_delta_log/00.json", "images/_delta_log/00.json", "images/part.png",
    "_files/report.html", "_files/inputs.json", "_files/locks/embed.lock",
)  # fmt: skip
PAGES = ("x.html", "_files.html", "runs.html", "build/y.html", "build/mine-too/runs/z.html")
KEPT = ["_files.html", "build/mine-too/runs/z.html", "build/y.html", "runs.html", "x.html"]


@pytest.mark.parametrize("warehouse", ["build/mine/", "runs/", ""])
def test_a_warehouse_inside_the_input_is_no_part_of_it(tmp_path, warehouse):
    put(tmp_path, *PAGES, *(warehouse + name for name in MADE))
    found = listed(tmp_path)
    assert (sources(found.documents), found.others) == (KEPT, ())
    place = Place(f"s3://{tmp_path}", fs.LocalFileSystem(), str(tmp_path), "s3", is_file=False)
    assert sorted(sources(remote_files(place))) == KEPT


def test_the_files_of_a_catalog_inside_the_input_are_no_part_of_it(tmp_path):
    put(tmp_path, "x.html", "files/report.html", "files/inputs.json", "files/locks/embed.lock")
    put(tmp_path, "mine/inputs.json", "mine/y.html")
    assert sources(listed(tmp_path).documents) == ["mine/y.html", "x.html"]


def test_one_remote_file_is_known_by_its_name(tmp_path):
    put(tmp_path, "a/x y.html", "a/z.html")
    path = f"{tmp_path}/a/x y.html"
    (file,) = remote_files(Place(f"s3://{path}", fs.LocalFileSystem(), path, "s3", is_file=True))
    assert (file.source, file.path, file.size_bytes) == ("x%20y.html", f"s3://{path}", 10)


def test_a_folder_that_cannot_be_listed_is_named(tmp_path):
    walk = files_of(place_of(str(put(tmp_path / "site", "x.html"))))
    shutil.rmtree(tmp_path / "site")
    with pytest.raises(
        InputError, match=r"/site cannot be listed \(No such file or directory\); give"
    ):
        list(walk)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may list every folder")
def test_a_folder_that_may_not_be_listed_is_named(tmp_path):
    put(tmp_path, "x.html", "sub/y.html")
    (tmp_path / "sub").chmod(0)
    with pytest.raises(InputError, match=r"/sub cannot be listed \(Permission denied\); give"):
        listed(tmp_path)


def test_pictures_of_an_input_that_holds_its_own_are_looked_for_there_beside_the_image_root(
    tmp_path,
):
    put(tmp_path, "in/a.png", "in/b/c.tar", "in/notes.csv", "roots/x.png")
    own, named = str(tmp_path / "in"), str(tmp_path / "roots")
    assert image_roots(InputSpec((own,), "images", named)) == (named, own)
    assert image_roots(InputSpec((own,), "html", named)) == (named,)
    assert image_roots(InputSpec((own,), "images")) == (own,)
    found = list_inputs(InputSpec((own,), "images"))
    assert sources(found.documents) == ["a.png", "b/c.tar"]
    assert sources(found.others) == ["a.png", "b/c.tar", "notes.csv"]
    (tmp_path / "in/b/c.tar").write_bytes(b"other")
    again = list_inputs(InputSpec((own,), "images"))
    assert again.image_fingerprints() != found.image_fingerprints()

import pytest

from realsyn_lib.errors import InputError
from realsyn_lib.evaluation.benchmark_samples import captioned_images, labelled_images
from realsyn_lib.evaluation.benchmark_set import find_sets, read_set
from tests.made_benchmarks import TEMPLATES, classification_set, picture, retrieval_set
from tests.made_tars import write_tar

ROWS = [("red", "red"), ("green", "green"), ("blue", "green")]


def test_sets_are_found_in_a_folder_under_every_name_that_clip_benchmark_gives_them(tmp_path):
    classification_set(tmp_path / "wds_vtab-caltech101", {"test": ROWS})
    classification_set(tmp_path / "vtab/dtd", {"test": ROWS})
    classification_set(tmp_path / "StanfordCars", {"test": ROWS, "train": ROWS})
    classification_set(tmp_path / "wds_my-own", {"test": ROWS})
    retrieval_set(tmp_path / "wds_mscoco_captions", [("red", ["red"])])
    (tmp_path / "notes").mkdir()
    found = find_sets(tmp_path)
    assert [(one.name, one.kind) for one in found] == [
        ("caltech101", "classification"), ("cars", "classification"), ("dtd", "classification"),
        ("mscoco_captions", "retrieval"), ("my-own", "classification"),
    ]  # fmt: skip
    assert sorted(found[1].shards) == ["test", "train"]
    assert found[0].classes == ("red", "green", "blue") and found[0].templates == TEMPLATES


def test_a_folder_may_be_one_set(tmp_path):
    (found,) = find_sets(classification_set(tmp_path / "Food-101", {"test": ROWS}))
    assert found.name == "food101"


def test_shards_are_read_in_the_order_of_their_numbers(tmp_path):
    folder = classification_set(tmp_path / "x", {"test": [("red", "red")] * 12}, shards=12)
    names = [path.name for path in read_set(folder, "x").shards["test"]]
    assert names == [f"{n}.tar" for n in range(12)]
    (folder / "test/nshards.txt").unlink()  # then those that are there
    assert [path.name for path in read_set(folder, "x").shards["test"]] == names


@pytest.mark.parametrize(
    ("file", "text", "why"),
    [
        ("dataset_type.txt", "multilabel", "expected classification or retrieval"),
        ("classnames.txt", "\n", "is missing or empty"),
        ("zeroshot_classification_templates.txt", "a photo", r"has no \{c\}"),
        ("test/nshards.txt", "2", r"1\.tar: this shard is missing"),
        ("test/nshards.txt", "0", r"0\.tar: this shard is missing"),
        ("test/nshards.txt", "many", "is no number of shards"),
    ],
)
def test_files_that_do_not_fit_together_are_named(tmp_path, file, text, why):
    folder = classification_set(tmp_path / "x", {"test": ROWS})
    (folder / file).write_text(text)
    with pytest.raises(InputError, match=why):
        find_sets(tmp_path)


def test_two_folders_of_one_set_and_none_at_all_are_refused(tmp_path):
    with pytest.raises(InputError, match="no set is there"):
        find_sets(tmp_path)
    with pytest.raises(InputError, match="no such folder"):
        find_sets(tmp_path / "gone")
    for name in ("cars", "StanfordCars"):
        classification_set(tmp_path / name, {"test": ROWS})
    with pytest.raises(InputError, match="are both set cars"):
        find_sets(tmp_path)


def test_labels_out_of_range_and_samples_without_a_picture_have_a_reason(tmp_path):
    shard = write_tar(tmp_path / "0.tar", {
        "a.jpg": picture("red"), "a.cls": b"2\n", "b.jpg": picture("red"), "b.cls": b"3",
        "c.jpg": picture("red"), "c.cls": b"-1", "d.cls": b"0", "e.jpg": picture("red"),
        "f.cls": b"1", "f.webp": picture("blue"),
    })  # fmt: skip
    found = [(one.label, one.reason) for one in labelled_images([shard], 3)]
    assert found == [
        (2, None), (-1, "bad_label"), (-1, "bad_label"), (-1, "no_image"), (-1, "bad_label"), (1, None),
    ]  # fmt: skip


def test_captions_are_the_lines_of_the_text(tmp_path):
    shard = write_tar(tmp_path / "0.tar", {
        "a/1.jpg": picture("red"), "a/1.txt": "one\n\nzwölf \n".encode(), "b/1.jpg": picture("red"),
        "b/1.txt": b"two", "c.jpg": picture("red"), "c.txt": b" \n",
    })  # fmt: skip
    found = [(one.captions, one.reason) for one in captioned_images([shard])]
    assert found == [(("one", "zwölf "), None), (("two",), None), ((), "no_text")]


def test_a_shard_that_is_cut_is_named(tmp_path):
    shard = write_tar(tmp_path / "0.tar", {"a.jpg": picture("red"), "a.cls": b"0"})
    shard.write_bytes(shard.read_bytes()[:700])
    with pytest.raises(InputError, match=r"0\.tar: byte .* beyond the end; fetch the set again"):
        list(labelled_images([shard], 3))

"""Attempts at a task that outlive their export, as speculation leaves them: they change nothing."""

from contextlib import ExitStack
from pathlib import Path

import pyarrow as pa
import pytest

from jobs.export_place import require_replaceable, written_whole
from jobs.export_places import exports_of, remember_export, unfinished_exports
from jobs.export_seal import seal_export
from realsyn_lib.errors import EnvironmentFault, InputError
from realsyn_lib.files import remove_folder, whole_file, write_bytes
from realsyn_lib.release.samples import Sample
from realsyn_lib.release.unfinished import BEGUN, begin
from realsyn_lib.release.webdataset import ShardLayout, write_shard
from tests.encoded_picture import grey_picture
from tests.tiny_site import Killed, kill
from udfs.write_instructions import write_instructions
from udfs.write_records import write_records

LAYOUT = ShardLayout(index_digits=4, encode_format="jpg", caption="text1")
TEXTS = ("one", "two", "three", "four")
SHARD = ["00000.parquet", "00000.tar", "00000_stats.json"]


def samples():
    picture = grey_picture(90)
    return [Sample(n, n, f"{n}.png", TEXTS, f"digest {n}", picture) for n in range(2)]


def shard(export):
    write_shard(export, 0, samples(), LAYOUT)


def records(export):
    row = {"shard_no": 0, "image_id": 1, "raw_image_url": "1.png"}
    texts = dict(zip(("text1", "text2", "text3", "syn_text"), TEXTS, strict=True))
    batch = pa.RecordBatch.from_pylist([row | texts], pa.schema([
        ("shard_no", pa.int32()), ("image_id", pa.int64()), ("raw_image_url", pa.string()),
        *((name, pa.string()) for name in texts),
    ]))  # fmt: skip
    list(write_records(export, 1)(iter([batch])))


def instructions(export):
    row = {"text": "one", "caption": "two", "tags": ["three"], "output": "four"}
    list(write_instructions(export)(iter([pa.RecordBatch.from_pylist([row])])))


def there(folder):
    """The bytes of all files below a folder by their paths."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def sealed(folder):
    seal_export(folder, {"tier": "t", "format": "webdataset", "rows": 2, "refused": {}}, {})


def finish(place, write):
    """Write an export as a whole; return the folder that its tasks were given."""
    with written_whole(str(place)) as export:
        write(export)
        sealed(export.folder)
    return export


@pytest.mark.parametrize("write", [shard, records, instructions])
def test_an_attempt_after_the_end_is_refused_and_makes_no_file(tmp_path, write):
    export = finish(tmp_path / "x", write)
    before = there(tmp_path)
    with pytest.raises(EnvironmentFault, match=r"x\.partial/\w+ has been finished or removed"):
        write(export)
    assert there(tmp_path) == before
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


@pytest.mark.parametrize("write", [shard, records, instructions])
def test_an_attempt_of_an_export_that_was_killed_gives_the_next_nothing(tmp_path, write):
    late = begin(str(tmp_path / "x"))
    with written_whole(str(tmp_path / "x")) as export:
        with pytest.raises(EnvironmentFault, match="finished or removed"):
            write(late)
        assert [path.name for path in Path(export.folder).iterdir()] == [BEGUN]
        sealed(export.folder)


def test_an_attempt_that_still_writes_at_the_end_leaves_nothing(tmp_path):
    with ExitStack() as end:
        export = end.enter_context(written_whole(str(tmp_path / "x")))
        shard(export)
        sealed(export.folder)

        def slow():
            yield samples()[0]
            end.close()
            yield samples()[1]

        with pytest.raises(EnvironmentFault, match="No such file"):
            write_shard(export, 0, slow(), LAYOUT)
    assert [path.name for path in tmp_path.iterdir()] == ["x"]
    assert sorted(there(tmp_path / "x")) == [*SHARD, "_SHA256SUMS", "_export.json"]


def test_two_attempts_at_once_leave_one_whole_file(tmp_path):
    place = str(tmp_path / "tasks.json")
    with whole_file(place) as slow, whole_file(place) as quick:
        slow.write(b"[1, ")
        quick.write(b"[1, 2]")
        assert not (tmp_path / "tasks.json").exists()
        slow.write(b"2]")
    assert there(tmp_path) == {"tasks.json": b"[1, 2]"}


def test_an_upload_that_ended_after_its_export_goes_with_the_next(tmp_path):
    export = finish(tmp_path / "x", shard)
    before = there(tmp_path / "x")
    Path(export.folder).mkdir(parents=True)
    Path(export.folder, "00007.tar").write_bytes(b"late")
    finish(tmp_path / "x", shard)
    assert there(tmp_path) == {f"x/{name}": data for name, data in before.items()}


@pytest.mark.parametrize("name", ["00000.tar", "_begun", "0123456789abcdef"])
def test_files_of_others_beside_the_place_are_kept(tmp_path, name):
    finish(tmp_path / "x", shard)
    (tmp_path / "x.partial").mkdir()
    (tmp_path / "x.partial" / name).write_bytes(b"mine")
    before = there(tmp_path)
    with pytest.raises(InputError, match=rf"x\.partial holds 1 files .* such as {name}"):
        finish(tmp_path / "x", shard)
    assert there(tmp_path) == before


def test_a_file_in_the_place_of_the_attempts_is_told(tmp_path):
    (tmp_path / "x.partial").write_text("mine")
    with pytest.raises(InputError, match=r"x\.partial is a file"):
        finish(tmp_path / "x", shard)


def test_an_export_whose_folder_is_removed_meanwhile_replaces_nothing(tmp_path):
    finish(tmp_path / "x", shard)
    before = there(tmp_path)
    with (
        pytest.raises(EnvironmentFault, match="nothing was replaced"),
        written_whole(str(tmp_path / "x")) as export,
    ):
        shard(export)
        remove_folder(export.folder)
        write_bytes(f"{export.folder}/sizes.json", b"{}")
        sealed(export.folder)
    assert there(tmp_path) == before


def test_a_written_file_that_is_gone_ends_the_seal(tmp_path):
    with pytest.raises(EnvironmentFault, match=r"00003\.tar was written and is gone"):
        seal_export(str(tmp_path), {"rows": 1}, {"00003.tar": "digest"})
    assert there(tmp_path) == {}


def test_a_kill_while_the_export_takes_its_place_is_mended_by_the_same_command(
    tmp_path, monkeypatch
):
    finish(tmp_path / "x", shard)
    before = there(tmp_path)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr("realsyn_lib.files.reach", kill)
        patch.setattr(
            "jobs.export_place.remove_folder", lambda _folder: None
        )  # a kill tidies nothing
        finish(tmp_path / "x", shard)
    assert not (tmp_path / "x").exists()
    require_replaceable(str(tmp_path / "x"))
    finish(tmp_path / "x", shard)
    assert there(tmp_path) == before


def test_a_place_that_a_killed_copy_has_begun_to_fill_is_ours(tmp_path):
    """As on an object store, where a folder gets its name by copying its files, the marker last."""
    export = begin(str(tmp_path / "x"))
    shard(export)
    sealed(export.folder)
    (tmp_path / "x").mkdir()
    (tmp_path / "x/00000.tar").write_bytes(b"copied")
    require_replaceable(str(tmp_path / "x"))
    with pytest.raises(Killed), written_whole(str(tmp_path / "x")):
        assert not (tmp_path / "x").exists()
        raise Killed
    require_replaceable(str(tmp_path / "x"))


def test_a_folder_of_others_is_not_taken_for_a_killed_copy(tmp_path):
    begin(str(tmp_path / "x"))
    (tmp_path / "x").mkdir()
    (tmp_path / "x/00000.tar").write_bytes(b"mine")
    with pytest.raises(InputError, match=r"no export wrote, such as 00000\.tar"):
        require_replaceable(str(tmp_path / "x"))


def test_a_folder_that_is_gone_is_told(tmp_path):
    export = begin(str(tmp_path / "x"))
    remove_folder(export.folder)
    with pytest.raises(EnvironmentFault, match="run it again: nothing was replaced"):
        shard(export)
    assert there(tmp_path) == {}


def test_what_a_kill_left_is_no_export_and_is_known_as_unfinished(tmp_path):
    files, elsewhere = str(tmp_path / "_files"), str(tmp_path / "taken/x")
    remember_export(files, elsewhere)
    killed = [begin(place) for place in (f"{files}/releases/all/parquet", elsewhere)]
    for export in killed:
        records(export)
        sealed(export.folder)
    assert exports_of(files, []) == ([], [elsewhere])
    assert unfinished_exports(files) == [f"{files}/releases/all/parquet.partial", killed[1].folder]

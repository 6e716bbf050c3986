"""realsyn forget on a small site: what is named goes, the rest stays, at any kill, and does not come back."""

import hashlib
import re
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from deltalake import DeltaTable

import jobs.forget.warehouse as steps
from jobs.export_places import remember_export
from jobs.export_seal import seal_export
from jobs.forget.requests import add_requests
from jobs.names import VIEW_FILES
from jobs.warehouse import Warehouse
from realsyn_lib.forget.requests import parse_list
from realsyn_lib.generation.instructions import TASKS_FILE
from realsyn_lib.release.unfinished import attempts, begin
from realsyn_lib.tables import OPT_OUT
from tests.equal_tables import assert_equal_warehouses
from tests.jobs.test_runs_locks import held
from tests.tiny_site import Killed, Tiny, kill, realsyn

pytestmark = [pytest.mark.wide, pytest.mark.spark, pytest.mark.models]

LIST = "kind,value,reason\ndocument,barn.html,its author asked\ndocument,inn.html\n"


def write_list(folder: Path, text: str = LIST) -> Path:
    (folder / "list.csv").write_text(text, encoding="utf-8")
    return folder / "list.csv"


def forget(tiny: Tiny, listed: Path, *more: str | Path) -> int:
    return realsyn("forget", "--warehouse", tiny.warehouse, "--list", listed, *more)


def view_files(tiny: Tiny) -> Path:
    return tiny.warehouse / "_files" / VIEW_FILES


def killed_exports(tiny: Tiny) -> list[Path]:
    """Where a run that was killed has left a release, and a command an export of the user's."""
    elsewhere = tiny.warehouse.parent / "taken/small"
    return [tiny.warehouse / "_files/releases/all/parquet", elsewhere]


def make_instruction_set(tiny: Tiny, place: Path, tasks: str) -> None:
    """Leave merge tasks where `realsyn instructions` was told to write them."""
    remember_export(str(tiny.warehouse / "_files"), str(place))
    place.mkdir()
    (place / TASKS_FILE).write_text(tasks, encoding="utf-8")
    seal_export(str(place), {"teacher": "tiny", "asked": 1, "written": 1}, {})


@pytest.fixture(scope="module")
def forgotten(finished_tiny: Tiny, tmp_path_factory) -> Tiny:
    """The site after a takedown; not to be changed."""
    folder = tmp_path_factory.mktemp("forgotten")
    tiny = finished_tiny.copy_to(folder)
    (view_files(tiny) / "image_embeddings.embedding-made").mkdir(parents=True)
    remember_export(str(tiny.warehouse / "_files"), str(folder / "taken/small"))
    for place in killed_exports(tiny):
        killed = Path(begin(str(place)).folder)
        (killed / "train-00000-of-00001.parquet").write_bytes(b"barn burned")
        seal_export(str(killed), {"tier": "all", "format": "parquet", "rows": 1}, {})
    make_instruction_set(tiny, folder / "tasks", "[]\n")
    with redirect_stdout(StringIO()) as told:
        assert forget(tiny, write_list(folder)) == 0
    (folder / "told.txt").write_text(told.getvalue())
    return tiny


@pytest.fixture
def again(forgotten: Tiny, tmp_path: Path) -> Tiny:
    """A copy of it, to be changed."""
    return forgotten.copy_to(tmp_path)


def test_nothing_of_what_is_named_is_left(forgotten):
    assert forgotten.rows("images", "url", "occurrence_count") == [("blue.png", 1)]
    assert forgotten.rows("image_bytes", "url") == [("blue.png",)]
    assert forgotten.rows("images_found", "url", "drop_reason") == [("blue.png", None)]
    assert forgotten.rows("sentences_found", "text") == [
        ("A mill stands by the river.",), ("It grinds corn.",),
    ]  # fmt: skip
    assert forgotten.rows("documents", "source", "locator", "url", "drop_reason") == sorted([
        ("mill.html", "", "mill.html", None),
        ("opt_out", hashlib.sha256(b"barn.html\0").hexdigest(), "", "opt_out"),
        ("opt_out", hashlib.sha256(b"inn.html\0").hexdigest(), "", "opt_out"),
    ], key=repr)  # fmt: skip


def test_vectors_that_were_laid_out_to_be_looked_at_are_gone(forgotten):
    assert not view_files(forgotten).exists()


def test_exports_that_were_killed_are_gone(forgotten):
    assert [killed for place in killed_exports(forgotten) for killed in attempts(str(place))] == []


def test_verify_looks_into_instruction_sets_and_an_export_that_was_killed(again, capsys):
    tasks = again.warehouse.parent / "tasks"
    make_instruction_set(again, tasks, '[\n{"instruction": "What stands at barn.html?"}\n]\n')
    place = again.warehouse.parent / "taken/small"
    remember_export(str(again.warehouse / "_files"), str(place))
    (Path(begin(str(place)).folder) / "notes.txt").write_text("barn.html")
    assert realsyn("verify", "--warehouse", again.warehouse) == 2
    told = capsys.readouterr().out
    assert re.search(r"small\.partial/\w{16}/notes\.txt", told)
    assert f"{tasks}/{TASKS_FILE}" in told


def test_an_instruction_set_is_named_and_left_to_be_made_anew(forgotten):
    place = forgotten.warehouse.parent / "tasks"
    told = (forgotten.warehouse.parent / "told.txt").read_text()
    assert f"{place} is an instruction set" in told
    again = f"realsyn instructions --warehouse {forgotten.warehouse} --to {place}`"
    assert again in told
    assert (place / TASKS_FILE).read_text() == "[]\n"


def test_requests_are_kept_as_digests(forgotten):
    assert forgotten.rows("opt_out", "kind", "value_sha256", "reason") == sorted([
        ("document", hashlib.sha256(b"barn.html").hexdigest(), "its author asked"),
        ("document", hashlib.sha256(b"inn.html").hexdigest(), None),
    ], key=repr)  # fmt: skip


def test_no_file_holds_a_value_as_bytes(forgotten):
    """As anybody would look; what is packed is for `verify`."""
    values = (b"barn.html", b"inn.html", b"barn burned")
    files = [path for path in forgotten.warehouse.rglob("*") if path.is_file()]
    assert [path for path in files for value in values if value in path.read_bytes()] == []


def test_older_versions_can_no_longer_be_read(forgotten):
    with pytest.raises(Exception, match=r"not found|No such file"):
        DeltaTable(str(forgotten.warehouse / "sentences_found"), version=1).to_pyarrow_table()


def test_verify_finds_all_in_order_and_no_trace(forgotten, tmp_path, capsys):
    listed = write_list(tmp_path)
    assert realsyn("verify", "--warehouse", forgotten.warehouse, "--list", listed) == 0
    out = capsys.readouterr().out
    assert "ok   no traces of opt_out" in out and "ok   no traces of the list" in out


def test_verify_tells_where_a_trace_is(finished_tiny, tmp_path, capsys):
    listed = write_list(tmp_path, "url,red.png\n")
    assert realsyn("verify", "--warehouse", finished_tiny.warehouse, "--list", listed) == 2
    out = capsys.readouterr().out
    assert "FAIL no traces of the list" in out and "image_bytes" in out and "column url" in out


def test_the_tables_are_those_of_a_run_that_knew_the_list_from_the_start(forgotten, fresh, spark):
    warehouse = Warehouse(spark, str(fresh.warehouse))
    warehouse.create(OPT_OUT)
    add_requests(warehouse, parse_list(LIST.encode(), "list"))
    assert fresh.run() == 0
    assert_equal_warehouses(forgotten.warehouse, fresh.warehouse)


def test_the_next_run_has_nothing_to_do(again):
    before = again.stages_run()
    assert again.run() == 0
    assert again.stages_run() == before


def test_what_is_forgotten_does_not_come_back_with_new_pages(again):
    (again.site / "shed.html").write_text(
        '<p>A shed is red.</p><img src="blue.png"><img src="red.png">'
    )
    assert again.run() == 0
    assert [url for (url,) in again.rows("images", "url")] == ["blue.png", "red.png"]
    assert ("A shed is red.",) in again.rows("sentences_found", "text")
    assert not [text for (text,) in again.rows("sentences_found", "text") if "barn" in text]


@pytest.mark.parametrize(
    "step",
    [
        "name_new_versions",
        *(pytest.param(s, marks=pytest.mark.long) for s in ("clean_derived", "purge")),
    ],
)
def test_after_a_kill_the_same_command_ends_what_is_left(
    step, tiny, forgotten, tmp_path, monkeypatch
):
    listed = write_list(tmp_path)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(steps, step, kill)
        forget(tiny, listed)
    assert forget(tiny, listed) == 0
    assert_equal_warehouses(tiny.warehouse, forgotten.warehouse)
    assert not (tiny.warehouse / "_files/forget").exists()
    assert tiny.rows("opt_out", "kind", "value_sha256") == forgotten.rows(
        "opt_out", "kind", "value_sha256"
    )


def test_a_running_stage_keeps_it_out(tiny, tmp_path, capsys):
    before = tiny.versions()
    with held(tiny.warehouse / "_files" / "locks", "filter_images"):
        assert forget(tiny, write_list(tmp_path)) == 4
    assert (
        "filter_images is being written by another run (run_id 000007-test"
        in capsys.readouterr().err
    )
    assert tiny.versions() == before


def test_a_wrong_line_stops_it_before_anything_is_touched(tiny, tmp_path, capsys):
    before = tiny.versions()
    assert forget(tiny, write_list(tmp_path, "url,red.png\nperson,Jo\n")) == 2
    assert "line 2: kind 'person' is unknown" in capsys.readouterr().err
    assert tiny.versions() == before


def test_a_file_named_by_its_digest_or_its_look_is_not_fetched_again(tiny, tmp_path):
    (phash,) = {row[1] for row in tiny.rows("images", "url", "phash") if row[0] == "red.png"}
    digest = hashlib.sha256((tiny.site / "blue.png").read_bytes()).hexdigest()
    assert forget(tiny, write_list(tmp_path, f"sha256,{digest}\nphash,{phash}\n")) == 0
    expected = [("blue.png", None, "opt_out"), ("red.png", None, "opt_out")]
    assert tiny.rows("image_bytes", "url", "sha256", "drop_reason") == expected
    assert tiny.rows("images", "url") == []
    kinds = [kind for (kind,) in tiny.rows("opt_out", "kind")]
    assert sorted(kinds) == ["phash", "sha256", "sha256"]
    tiny.run("--from", "fetch_images", "--force")
    assert tiny.rows("image_bytes", "url", "sha256", "drop_reason") == expected


def test_a_named_picture_keeps_its_place_only(tiny, tmp_path):
    listed = write_list(tmp_path, "url,./red.png\n")
    for _ in range(2):
        assert forget(tiny, listed) == 0
        assert tiny.rows("images_found", "url", "raw_url", "alt_text", "drop_reason") == sorted([
            (None, "", None, "opt_out"), ("blue.png", "blue.png", None, None),
        ], key=repr)  # fmt: skip
        assert tiny.rows("images", "url") == [("blue.png",)]
    tiny.run("--from", "extract_documents", "--force")
    assert tiny.rows("images_found", "url", "drop_reason") == sorted(
        [(None, "opt_out"), ("blue.png", None)], key=repr
    )
    assert tiny.rows("opt_out", "kind") == [("url",)]

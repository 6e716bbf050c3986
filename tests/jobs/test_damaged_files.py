"""Files that a disk has changed: named by verify, met by a run without harm."""

import pytest

from tests.small_disk import HOW_TO_GET_IT, may_mount, small_disk

pytestmark = [pytest.mark.wide, pytest.mark.spark]


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 16
    path.write_bytes(data)
    return path


def verified(tiny, capsys):
    """Return the exit code and the checks that failed, with what they tell."""
    capsys.readouterr()
    code = tiny.verify("--files-only")
    failed = [line for line in capsys.readouterr().out.splitlines() if line.startswith("FAIL")]
    return code, dict(line.removeprefix("FAIL ").split(": ", 1) for line in failed)


def test_a_damaged_table_is_named_and_no_further_read_and_nothing_is_moved(tiny, capsys):
    path = flip(next(tiny.warehouse.glob("images_found/part-*.parquet")))
    before = sorted(tiny.warehouse.rglob("*"))
    capsys.readouterr()
    assert tiny.verify() == 2
    told = capsys.readouterr().out.splitlines()
    failed = [line for line in told if line.startswith("FAIL")]
    assert len(failed) == 1 and f"FAIL files of images_found: {path} differs" in failed[0]
    assert "run the stage that writes images_found again with --force" in failed[0]
    assert not any("images_found" in line for line in told if line.startswith("ok   columns"))
    assert sorted(tiny.warehouse.rglob("*")) == before


def test_without_a_sound_table_of_runs_the_other_files_are_still_read(tiny, capsys):
    runs = flip(next(tiny.warehouse.glob("runs/part-*.parquet")))
    log = flip(tiny.warehouse / "images" / "_delta_log" / "00000000000000000001.json")
    code, told = verified(tiny, capsys)
    assert code == 2 and set(told) == {"log of images", "files of runs", "what is published"}
    assert str(runs) in told["files of runs"] and str(log) in told["log of images"]


def test_damaged_checksums_are_told_by_the_file_that_they_stand_beside(tiny, capsys):
    path = next(tiny.warehouse.glob("documents/part-*.parquet"))
    flip(path.with_name(f".{path.name}.crc"))
    assert str(path) in verified(tiny, capsys)[1]["files of documents"]


def test_a_missing_commit_is_told(tiny, capsys):
    log = tiny.warehouse / "funnel" / "_delta_log"
    (log / "00000000000000000001.json").unlink()
    code, told = verified(tiny, capsys)
    assert code == 2 and f"{log}/00000000000000000001.json is missing" in told["log of funnel"]


def test_a_table_without_checksums_beside_it_is_held_to_those_of_its_pages(tiny, capsys):
    for sidecar in tiny.warehouse.rglob(".*.crc"):
        sidecar.unlink()
    assert verified(tiny, capsys) == (0, {})
    path = flip(next(tiny.warehouse.glob("image_bytes/*/part-*.parquet")))
    told = verified(tiny, capsys)[1]["files of image_bytes"]
    assert f"{path} cannot be read as parquet" in told


def test_a_damaged_log_ends_a_run_by_its_name(tiny, capsys):
    log = tiny.warehouse / "runs" / "_delta_log" / "00000000000000000000.json"
    log.write_bytes(log.read_bytes().replace(b'"configuration"', b'"configuration'))
    assert tiny.run() == 2
    assert f"{log}: holds what no commit holds" in capsys.readouterr().err


def test_a_run_that_meets_a_damaged_file_ends_with_its_name(finished_tiny, tmp_path, capsys):
    if not may_mount(tmp_path):
        pytest.skip(HOW_TO_GET_IT)
    with small_disk(tmp_path / "disk", 2**28) as disk:  # Hadoop moves the file within its disk
        tiny = finished_tiny.copy_to(disk.folder)
        path = flip(next(tiny.warehouse.glob("images_found/part-*.parquet")))
        assert tiny.run("--from", "fetch_images", "--force") == 2
        told = capsys.readouterr().err
        assert path.name in told and "is not as it was written" in told, told
        assert tiny.run("--force") == 0  # extraction makes the table again
        assert tiny.verify() == 0

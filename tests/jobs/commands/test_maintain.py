"""realsyn maintain: fewer files, freed bytes, and nothing that a run would notice."""

import re
from pathlib import Path

import pytest

from realsyn_lib.tables import IMAGES, TABLES_BY_NAME
from tests.equal_tables import assert_equal_tables, published
from tests.jobs.test_runs_locks import held
from tests.tiny_site import Tiny, picture

pytestmark = [pytest.mark.wide, pytest.mark.spark, pytest.mark.models]


def read(tiny: Tiny) -> dict:
    """All published tables, each at the very version that ``runs`` names, read without Spark."""
    there = published(tiny.warehouse)
    return {name: there.read(TABLES_BY_NAME[name]) for name in there.versions}


def freed(out: str, table: str) -> tuple[int, int]:
    """Files and bytes that the command says it freed of a table."""
    found = re.search(rf"^{table}: .*; (\d+) freed, ([\d,]+) bytes", out, flags=re.MULTILINE)
    assert found
    return int(found[1]), int(found[2].replace(",", ""))


def test_a_maintained_warehouse_is_smaller_and_every_stage_is_still_up_to_date(realsyn, tiny):
    (old,) = tiny.table("images_found").file_uris()
    (tiny.site / "shed.html").write_text('<p>A shed is red.</p><img src="green.png">')
    picture(tiny.site / "green.png", seed=7)
    assert tiny.run() == 0  # images gains a file; images_found is written anew
    (tiny.warehouse / "_files/work/embed_images/scratch").mkdir(parents=True)
    before, runs = read(tiny), tiny.stages_run()
    small = len(tiny.table("runs").file_uris())
    size = Path(old).stat().st_size
    code, out, err = realsyn("maintain", "--warehouse", tiny.warehouse, "--retain", "0")
    assert code == 0, err
    assert f"\nruns: {small} files, now 1; {small} small ones merged; {small} freed, " in out
    assert "\nimages: 2 files, now 1; 2 small ones merged; 0 freed, 0 bytes" in out
    assert freed(out, "images_found") == (1, size) and not Path(old).exists()
    assert "removed _files/work/embed_images/scratch, 0 bytes" in out
    assert tiny.run() == 0
    assert tiny.stages_run() == runs
    for name, rows in read(tiny).items():
        assert_equal_tables(name, TABLES_BY_NAME[name].key, before[name], rows)
    assert realsyn("verify", "--warehouse", tiny.warehouse)[0] == 0


def test_tables_of_a_running_stage_are_left_and_its_holder_is_named(realsyn, tiny):
    before = tiny.versions()
    with held(tiny.warehouse / "_files" / "locks", "filter_images") as holder:
        code, _out, err = realsyn("maintain", "--warehouse", tiny.warehouse, "--retain", "0")
    assert code == 4
    assert "filter_images is being written by another run (run_id 000007-test" in err
    assert f"driver_pid {holder.pid}" in err
    assert "left as they are: images_found, image_bytes, fetches, images, runs, funnel" in err
    after = tiny.versions()
    assert {name for name in before if after[name] == before[name]} == {
        "images_found", "image_bytes", "fetches", "images", "runs", "funnel", "quarantine", "opt_out",
    }  # fmt: skip


def test_what_a_dead_attempt_left_ahead_is_neither_merged_nor_in_the_way(realsyn, spark, tiny):
    spark.sql(f"DELETE FROM delta.`{tiny.warehouse / 'images'}`")
    before = read(tiny)
    code, out, _err = realsyn("maintain", "--warehouse", tiny.warehouse, "--retain", "0")
    assert code == 0 and "not merged: it is ahead of what is published" in out
    assert_equal_tables("images", IMAGES.key, before["images"], read(tiny)["images"])
    assert tiny.run() == 0
    assert tiny.table("images").history()[0]["operation"] == "RESTORE"


def test_hours_below_0_are_refused(realsyn, tiny):
    code, _out, err = realsyn("maintain", "--warehouse", tiny.warehouse, "--retain", "-1")
    assert code == 2 and "--retain is -1, expected hours from 0 on" in err

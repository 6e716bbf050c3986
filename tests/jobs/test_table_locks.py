"""Locks where there is no local disk: one holder, taken over when it is silent or seen to be dead."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jobs.processes import are_known_dead, identity_of
from jobs.stage_locks import StageLocks
from jobs.table_locks import STALE_S, RowLocks, table_holders, table_locks
from jobs.warehouse import Warehouse
from realsyn_lib.errors import LockedError
from realsyn_lib.tables import FUNNEL, LOCKS, QUARANTINE, RUNS
from tests.tiny_site import realsyn

ME = {"run_id": "000001-a", "host": "here", "driver_pid": os.getpid()}
OTHER = {"run_id": "000002-b", "host": "there", "driver_pid": os.getpid()}


@pytest.fixture
def warehouse(spark, tmp_path):
    return Warehouse(spark, str(tmp_path / "wh"))


def set_row(warehouse, values):
    warehouse.handle(LOCKS.name).update("stage = 'embed_images'", values)


@pytest.mark.spark
def test_one_run_holds_a_stage_until_it_ends_or_is_silent(warehouse):
    # No sign of life comes between: on a slow machine this takes longer than from one to the next.
    with table_locks(warehouse, ["embed_images"], ME, beat_s=3600.0) as mine:
        assert (mine.held, mine.refusals) == ({"embed_images"}, [])
        assert table_holders(warehouse)["embed_images"]["run_id"] == "000001-a"
        with table_locks(warehouse, ["embed_images", "embed_sentences"], OTHER) as others:
            assert others.held == {"embed_sentences"}
            (told,) = others.refusals
            assert "embed_images is being written by another run (run_id 000001-a" in told
        mine.require()
        silent = datetime.now(UTC) - timedelta(seconds=STALE_S + 1)
        set_row(warehouse, {"beat_at": f"timestamp_micros({round(silent.timestamp() * 1e6)})"})
        assert table_holders(warehouse) == {}
        with table_locks(warehouse, ["embed_images"], OTHER) as others:
            assert others.held == {"embed_images"}
            with pytest.raises(LockedError, match="its lock was lost to another run after 5 min"):
                mine.require()
    assert table_holders(warehouse) == {}


@pytest.mark.spark
def test_signs_of_life_are_given_while_it_is_held_and_a_dead_holder_is_no_hindrance(warehouse):
    gone = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    dead = identity_of(gone.pid)
    gone.communicate(b"\n")
    with table_locks(warehouse, ["embed_images"], ME, beat_s=0.01):
        (first,) = warehouse.read(LOCKS).collect()
        beats = (warehouse.read(LOCKS).collect()[0].beat_at for _ in range(100))
        assert any(beat > first.beat_at for beat in beats)
    set_row(warehouse, {"token": "'left behind'", "process": f"'{dead}'"})
    with table_locks(warehouse, ["embed_images"], OTHER) as locks:
        assert locks.held == {"embed_images"}


@pytest.mark.spark
def test_a_run_is_refused_before_it_reads_more_than_the_locks(warehouse, monkeypatch):
    monkeypatch.setattr(Warehouse, "lock_folder", None)
    locks = StageLocks(warehouse)
    locks.refuse_held(["embed_images"])  # no table yet: nobody holds anything
    with table_locks(warehouse, ["embed_images"], ME):
        locks.refuse_held(["embed_sentences"])
        with pytest.raises(LockedError, match="run_id 000001-a"):
            locks.refuse_held(["embed_sentences", "embed_images"])
    locks.refuse_held(["embed_images"])


@pytest.mark.spark
def test_where_locks_are_rows_a_run_is_refused_first_and_a_plan_is_told(
    warehouse, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(Warehouse, "lock_folder", None)
    monkeypatch.setattr("jobs.runtime.lock_folder", lambda *_: None)
    monkeypatch.setattr("jobs.runtime.check_schema_versions", lambda *_: print("looked further"))
    (tmp_path / "page.html").write_text("<p>A page.</p>", encoding="utf-8")
    words = ["run", "--input", tmp_path, "--format", "html", "--warehouse", warehouse.location]
    words += ["--to", "extract_documents"]
    with table_locks(warehouse, ["extract_documents"], ME):
        assert realsyn(*words) == 4
        told = capsys.readouterr()
        assert "run_id 000001-a" in told.err and "looked further" not in told.out
        assert realsyn(*words, "--dry-run") == 0
        assert "looked further" in capsys.readouterr().out


@pytest.mark.spark
def test_runs_that_create_a_table_at_once_all_find_it(warehouse, monkeypatch):
    monkeypatch.setattr(Warehouse, "_folder", lambda *_: None)  # on a local disk they queue
    tables = (LOCKS, RUNS, FUNNEL, QUARANTINE)
    with ThreadPoolExecutor(4) as pool:
        for table in tables:
            list(pool.map(warehouse.create, [table] * 4))
    assert [warehouse.commits(table.name)[0].newest for table in tables] == [0, 0, 0, 0]


@pytest.mark.spark
def test_a_table_that_another_makes_and_delta_does_not_find_yet_is_tried_again(
    warehouse, monkeypatch
):
    create = Warehouse._create

    def too_early(place, table):  # as Delta's own builder ends where its look at the log is older
        monkeypatch.setattr(Warehouse, "_create", create)
        (Path(place.where(table.name)) / "_delta_log").mkdir(parents=True)
        place.spark.read.format("delta").load(place.where(table.name))

    monkeypatch.setattr(Warehouse, "_create", too_early)
    warehouse.create(RUNS)
    assert warehouse.commits(RUNS.name)[0].newest == 0


@pytest.mark.spark
def test_of_two_runs_that_take_a_free_lock_at_once_one_gets_it(warehouse):
    warehouse.create(LOCKS)

    def contend(holder):
        locks = RowLocks(warehouse, holder)
        locks.acquire(["embed_images"])
        return len(locks.held)

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(contend, (ME, OTHER))) == [0, 1]


def test_only_processes_of_this_machine_can_be_known_to_be_dead():
    here = identity_of(os.getpid())
    machine, _space, process = here.partition(" ")
    pid, _slash, started = process.partition("/")
    assert not are_known_dead(here)
    assert are_known_dead(f"{machine} {pid}/{int(started) + 1}")
    assert not are_known_dead(f"elsewhere/1 {pid}/{int(started) + 1}")
    assert not are_known_dead(f"{machine} {pid}/{int(started) + 1} {process}")
    assert not are_known_dead(machine) and not are_known_dead(None) and not are_known_dead("")

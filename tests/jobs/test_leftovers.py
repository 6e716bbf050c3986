"""What dead runs left beside the tables goes; what a run may still need stays."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from jobs.ledger import StageRun
from jobs.maintain.files import Leftovers
from realsyn_lib.stages import STAGES

ALL_STAGES = frozenset(stage.name for stage in STAGES)
DIGEST = "0123456789abc"


def made(folder: Path, *places: str, hours_old: float = 0.0) -> None:
    """Write a file of ten bytes at each place; one that ends in / is a folder with such a file."""
    for place in places:
        path = folder / (f"{place}part" if place.endswith("/") else place)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(10))
        then = time.time() - hours_old * 3600
        for aged in (path, path.parent):
            os.utime(aged, (then, then))


def run_of(stage: str, **metrics: float) -> StageRun:
    return StageRun("1", stage, "", None, 0.0, "finished", metrics=metrics)


def removed(folder: Path, held=ALL_STAGES, runs=(), retain_hours: float = 24.0) -> dict[str, int]:
    by_stage = {run.stage: run for run in runs}
    leftovers = Leftovers(str(folder), held, by_stage, retain_hours)
    return {piece.place: piece.size_bytes for piece in leftovers.remove()}


def test_working_files_of_a_stage_at_rest_go_and_those_of_a_running_one_stay(tmp_path):
    made(tmp_path, "work/embed_images/found/", "work/dedup_images/cells-12.faiss")
    assert removed(tmp_path, held=ALL_STAGES - {"embed_images"}) == {
        "work/dedup_images/cells-12.faiss": 10
    }
    assert (tmp_path / "work/embed_images/found/part").exists()


def test_what_a_killed_run_would_go_on_with_stays_as_long_as_was_asked(tmp_path):
    made(tmp_path, f"work/dedup_images/pairs-{DIGEST}/", hours_old=23)
    made(tmp_path, f"work/dedup_images/edges-{DIGEST}/", hours_old=25)
    assert removed(tmp_path) == {f"work/dedup_images/edges-{DIGEST}": 10}
    assert removed(tmp_path, retain_hours=0) == {f"work/dedup_images/pairs-{DIGEST}": 10}


def test_scratch_of_an_instruction_set_goes_with_the_process_that_made_it(tmp_path):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    dead, alive = (f"work/instructions-{DIGEST}-{pid}" for pid in (gone.pid, os.getpid()))
    made(tmp_path, f"{dead}/", f"{alive}/", "work/of_somebody_else/")
    assert removed(tmp_path, retain_hours=0) == {dead: 10}


def test_what_the_published_run_keeps_for_the_next_one_stays(tmp_path):
    kept, other, fresh = "000000000000f", "000000000000e", "000000000000d"
    made(tmp_path, *(f"memory/dedup_images/{name}/" for name in (kept, other)), hours_old=100)
    made(tmp_path, f"memory/dedup_images/{fresh}/")
    assert removed(tmp_path, runs=[run_of("dedup_images", memory=15.0)]) == {
        f"memory/dedup_images/{other}": 10
    }


INDEXES = [
    "indexes/words-00000000000a.arrow",
    "indexes/image_cells-000000000000b.arrow",
    "indexes/image_cells-00000000000c.faiss",
]


def test_index_files_that_no_published_run_uses_go(tmp_path):
    old = ["indexes/words-00000000000f.arrow", "indexes/image_cells-000000000000f.arrow"]
    made(tmp_path, *INDEXES, *old, "indexes/mine.txt", "indexes/.words.arrow.77.tmp")
    runs = [
        run_of("filter_sentences", **{"index.words": 10.0}),
        run_of("dedup_images", **{"image_cells": 11.0, "index.image_cells": 12.0}),
    ]
    assert set(removed(tmp_path, runs=runs)) == {*old, "indexes/.words.arrow.77.tmp"}


def test_index_files_stay_while_any_stage_runs(tmp_path):
    made(tmp_path, *INDEXES)
    assert removed(tmp_path, held=ALL_STAGES - {"embed_images"}) == {}


@pytest.mark.parametrize("cells", [float("nan"), 11.0])
def test_cells_that_were_never_fitted_name_no_file(tmp_path, cells):
    made(tmp_path, INDEXES[1])
    gone = removed(tmp_path, runs=[run_of("dedup_images", image_cells=cells)])
    assert bool(gone) == (cells != 11.0)


def test_a_warehouse_without_such_files_has_nothing_to_remove(tmp_path):
    assert removed(tmp_path / "absent") == {}

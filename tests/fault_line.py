"""The fixed input of the fault trials, run once without a fault: what each trial starts from and is held to.

Seven bundled pages and short answers: what is left is mostly what fifteen stages cost in Spark's jobs.
"""

import json
import os
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from deltalake import DeltaTable

from jobs.names import REPORT
from realsyn_lib.failpoints import LOG
from realsyn_lib.files import write_text
from realsyn_lib.stages import STAGES, StageSpec
from tests.equal_tables import assert_equal_warehouses, published
from tests.fault_journal import digest_of_code
from tests.fault_process import CLASSES, keep_classes
from tests.slices import TINY, copy_slice
from tests.tiny_site import realsyn

SETTINGS = (
    "generate.max_new_tokens=24", "clusters.sentences_per_centroid=20", "buckets.count=2",
    "dedup_sentences.rows_per_cluster=40", "balance.images_per_centroid=4",
    "release.shard_rows=4",
)  # fmt: skip
LAST = STAGES[-1]


@dataclass(frozen=True)
class Line:
    """Copies of a warehouse before each stage and after the last, in a folder of their own."""

    folder: Path

    @property
    def pages(self) -> Path:
        """The input."""
        return self.folder / "pages"

    def before(self, stage: StageSpec) -> Path:
        """The warehouse as a run up to the stage before it leaves it."""
        return self.folder / "before" / stage.name

    def after(self, stage: StageSpec) -> Path:
        """The warehouse as a run up to the stage leaves it."""
        number = STAGES.index(stage) + 1
        return self.before(STAGES[number]) if number < len(STAGES) else self.folder / "whole"

    def arguments(self, warehouse: Path, last: StageSpec = LAST) -> list[str]:
        """Arguments of the command that makes the warehouse up to a stage."""
        said = [part for setting in SETTINGS for part in ("--set", setting)]
        place = ["--input", str(self.pages), "--format", "html", "--warehouse", str(warehouse)]
        return ["run", *place, "--to", last.name, *said]

    def points(self) -> dict[str, dict[str, int]]:
        """Names of the failpoints that each stage came by, and how often."""
        found: dict[str, dict[str, int]] = json.loads((self.folder / "points.json").read_text())
        return found

    def make(self, log: Path) -> None:
        """Run the stages that are not done yet in this process; each goes on with a copy of the last.

        Workers write to ``log`` what they come by: it must have been named before the session began.
        """
        if not self.pages.exists():
            copy_slice(TINY, self.pages)
            self.before(STAGES[0]).mkdir(parents=True)
            self._write_points({})
        for stage in STAGES:
            points = self.points()
            if stage.name in points:
                continue
            shutil.rmtree(self.after(stage), ignore_errors=True)
            shutil.copytree(self.before(stage), self.after(stage))
            log.write_text("")
            assert realsyn(*self.arguments(self.after(stage), stage)) == 0, stage.name
            self._write_points(points | {stage.name: dict(Counter(log.read_text().split()))})

    def _write_points(self, points: dict[str, dict[str, int]]) -> None:
        write_text(str(self.folder / "points.json"), json.dumps(points, indent=1))


def held_to(expected: Path, warehouse: Path, stages: tuple[StageSpec, ...]) -> None:
    """Fail unless tables and exports are those of a run without a fault, and no commit was made twice.

    The report must be that of the last run.
    """
    assert_equal_warehouses(expected, warehouse)
    assert exports(warehouse) == exports(expected), "exported files differ"
    assert_no_unit_twice(expected, warehouse, stages)
    if LAST in stages:
        told = f"{published(warehouse).runs[LAST.name]}, stage {LAST.name}"
        assert told in (warehouse / "_files" / REPORT).read_text("utf-8"), "report of another run"


def assert_no_unit_twice(expected: Path, warehouse: Path, stages: tuple[StageSpec, ...]) -> None:
    """A part that was committed before a kill is not committed again."""
    tables = [table for stage in stages for table in stage.writes]
    counts = [{table: writes(place / table) for table in tables} for place in (expected, warehouse)]
    assert counts[0] == counts[1], f"commits: {counts[0]} without a fault, {counts[1]} with one"


def writes(table: Path) -> int:
    """Count the commits of a table that wrote rows."""
    return sum(entry["operation"] == "WRITE" for entry in DeltaTable(str(table)).history())


def exports(warehouse: Path) -> dict[str, bytes]:
    """Return the bytes of every released file by its path; what an unfinished export left, too."""
    place = warehouse / "_files" / "releases"
    files = (path for path in place.rglob("*") if path.is_file())
    return {path.relative_to(place).as_posix(): path.read_bytes() for path in files}


def published_stages(warehouse: Path) -> dict[str, str]:
    """Return the run that published each stage; none where there are no tables yet."""
    has_table = any((warehouse / "runs" / "_delta_log").glob("*.json"))
    return published(warehouse).runs if has_table else {}


def seconds_by_stage(warehouse: Path) -> dict[str, float]:
    """Return how long each stage of a finished line took."""
    runs = DeltaTable(str(warehouse / "runs")).to_pyarrow_table(columns=["stage", "took_s"])
    return dict(zip(runs["stage"].to_pylist(), runs["took_s"].to_pylist(), strict=True))


def undisturbed_line(work: Path) -> Line:
    """Return the line of this very code below ``work``, run where it is not there; the first of a process."""
    work.mkdir(parents=True, exist_ok=True)
    line, log = Line(work / f"line-{digest_of_code()}"), work / "reached.log"
    os.environ[LOG] = str(log)
    try:
        line.make(log)
    finally:
        del os.environ[LOG]
    classes = work / "classes.jsa"
    if not classes.exists():
        with TemporaryDirectory(dir=work) as folder:
            keep_classes(line.arguments(Path(folder) / "warehouse", STAGES[0]), classes)
    os.environ[CLASSES] = str(classes)
    return line

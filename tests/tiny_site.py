"""A website of three pages and two pictures, and the command run on it in this process."""

import contextlib
import io
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from deltalake import DeltaTable
from PIL import Image

from jobs.cli import main

PAGES = {
    "barn.html": '<p>The old barn burned down last week.</p><img src="red.png" alt="a red field">',
    "mill.html": '<p>A mill stands by the river.</p><p>It grinds corn.</p><img src="blue.png">',
    "inn.html": "<p>The inn closed at ten.</p><p>It grinds corn.</p>",
}
QUICK = ("--set", "spark.shuffle_partitions=2", "--set", "resources.fetch_tasks=2")


def make_site(folder: Path) -> Path:
    """Write the pages and pictures; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in PAGES.items():
        (folder / name).write_text(f"<html><body>{text}</body></html>", encoding="utf-8")
    for seed, name in enumerate(("red.png", "blue.png")):
        picture(folder / name, seed)
    return folder


def picture(path: Path, seed: int, side: int = 120) -> None:
    """Write a picture of seeded noise, ``side`` pixels wide and 10 higher."""
    pixels = np.random.default_rng(seed).integers(0, 256, (side + 10, side, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)


def realsyn(*arguments: str | Path) -> int:
    """Run the command in this process and return its exit code."""
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return int(ended.value.code or 0)


def realsyn_told(*arguments: str | Path) -> tuple[int, str]:
    """Run the command in this process and return its exit code and what it printed."""
    told = io.StringIO()
    with contextlib.redirect_stderr(told), contextlib.redirect_stdout(told):
        return realsyn(*arguments), told.getvalue()


@dataclass(frozen=True)
class Tiny:
    """A site and the warehouse made of it."""

    site: Path
    warehouse: Path

    def copy_to(self, folder: Path) -> "Tiny":
        """Return a copy to work on; file times stay, so that nothing counts as changed."""
        shutil.copytree(self.site, folder / "site")
        if self.warehouse.exists():
            shutil.copytree(self.warehouse, folder / "warehouse")
        return Tiny(folder / "site", folder / "warehouse")

    def run(self, *more: str | Path, last: str = "filter_images") -> int:
        """Run the line up to ``last``; returns the exit code."""
        return realsyn(
            "run", "--input", self.site, "--format", "html", "--warehouse", self.warehouse,
            "--to", last, *QUICK, *more,
        )  # fmt: skip

    def verify(self, *more: str | Path) -> int:
        """Verify the warehouse; returns the exit code."""
        return realsyn("verify", "--warehouse", self.warehouse, *more)

    def table(self, name: str) -> DeltaTable:
        """Open a table at its head."""
        return DeltaTable(str(self.warehouse / name))

    def rows(self, name: str, *columns: str) -> list[tuple[object, ...]]:
        """Return the named columns of a table's head as sorted tuples."""
        table = self.table(name).to_pyarrow_table()
        return sorted(zip(*(table[column].to_pylist() for column in columns)), key=repr)

    def versions(self) -> dict[str, int]:
        """Return the head version of every table that is there."""
        tables = (path.parent for path in self.warehouse.glob("*/_delta_log"))
        return {path.name: self.table(path.name).version() for path in tables}

    def stages_run(self) -> list[tuple[str, str]]:
        """Return (stage, status) of every row of ``runs``, in the order they were written."""
        rows = self.table("runs").to_pyarrow_table().sort_by("started_at")
        return list(zip(rows["stage"].to_pylist(), rows["status"].to_pylist()))

    def writes(self, name: str) -> int:
        """Count the commits of a table that wrote rows."""
        return sum(entry["operation"] == "WRITE" for entry in self.table(name).history())


class Killed(BaseException):
    """Ends a run as a kill would: no handler of the code under test sees it."""


def kill(*_arguments: object, **_named: object) -> None:
    """Stand in for a function that the process does not live to finish."""
    raise Killed

"""Progress on the driver: a bar on a terminal, one plain line for each stage elsewhere."""

import sys
import threading
from collections.abc import Callable
from typing import TextIO

from pyspark.sql import SparkSession
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from jobs.compat import running_tasks
from jobs.ledger import FunnelRow


class Reporter:
    """Tells of stage i of n: rows in and out, reasons, seconds, rows per second."""

    def __init__(self, spark: SparkSession, total: int, stream: TextIO | None = None) -> None:
        self._spark, self._total, self._number = spark, total, 0
        self._stream = stream or sys.stderr
        self._bar = _TaskBar(spark, self._stream) if self._stream.isatty() else None

    def started(self, stage: str) -> None:
        """A stage begins to work."""
        self._number += 1
        if self._bar:
            self._bar.start(f"[{self._number}/{self._total}] {stage}")

    def step(self, text: str) -> None:
        """A stage begins another of its writes; shown beside the bar only."""
        if self._bar:
            self._bar.describe(text)

    def skipped(self, stage: str) -> None:
        """A stage has nothing to do."""
        self._number += 1
        self._line(f"{stage}: up to date")

    def finished(self, stage: str, funnel: list[FunnelRow], took_s: float) -> None:
        """A stage has published."""
        if self._bar:
            self._bar.stop()
        self._line(f"{stage}: {_summary(funnel, took_s)}")

    def failed(self) -> None:
        """Take the bar away before an error is printed."""
        if self._bar:
            self._bar.stop()

    def _line(self, text: str) -> None:
        print(f"[{self._number:2d}/{self._total}] {text}", file=self._stream, flush=True)


def _summary(funnel: list[FunnelRow], took_s: float) -> str:
    parts = []
    for entity in dict.fromkeys(row.entity for row in funnel):
        rows = [row for row in funnel if row.entity == entity]
        counts = {row.outcome: row.row_count for row in rows if row.drop_reason is None}
        reasons = [f"{row.row_count} {row.drop_reason}" for row in rows if row.drop_reason]
        lost = f" ({', '.join(reasons)})" if reasons else ""
        parts.append(f"{counts['in']} {entity}s in, {counts['kept']} kept{lost}")
    rows_in = max((row.row_count for row in funnel if row.outcome == "in"), default=0)
    return "; ".join([*parts, f"{took_s:.1f} s, {rows_in / max(took_s, 1e-3):.0f} rows/s"])


class _TaskBar:
    """A bar over the tasks of the running Spark stages, polled from a thread."""

    def __init__(self, spark: SparkSession, stream: TextIO) -> None:
        self._spark = spark
        self._console = Console(file=stream)
        self._progress: Progress | None = None
        self._stop = threading.Event()
        self._update: Callable[..., None] = lambda **_fields: None
        self._thread: threading.Thread | None = None

    def start(self, text: str) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[step]}"))
        self._progress = Progress(
            *columns, TimeElapsedColumn(), console=self._console, transient=True
        )
        task = self._progress.add_task(text, total=None, step="")
        progress = self._progress
        self._update = lambda **fields: progress.update(task, **fields)
        self._progress.start()
        self._stop.clear()
        self._thread = threading.Thread(target=self._poll, daemon=True)
        self._thread.start()

    def describe(self, text: str) -> None:
        self._update(step=text)

    def stop(self) -> None:
        self._stop.set()
        if self._thread:
            self._thread.join()
        if self._progress:
            self._progress.stop()
        self._progress = self._thread = None

    def _poll(self) -> None:
        while not self._stop.wait(0.5):
            tasks = running_tasks(self._spark)
            if tasks and tasks[1]:
                self._update(completed=tasks[0], total=tasks[1])

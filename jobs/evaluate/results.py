"""Records of evaluations: one JSON line a set and task, in CLIP_benchmark's layout, kept in a file."""

import hashlib
import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from jobs.evaluate.evaluated_model import EvaluatedModel
from jobs.evaluate.tasks import Measured
from realsyn_lib.config import EvaluateSettings
from realsyn_lib.errors import InputError
from realsyn_lib.evaluation.benchmark_set import BenchmarkSet
from realsyn_lib.evaluation.paper_lists import PAPER_LISTS, Task, listed_mean
from realsyn_lib.files import read_text, write_text
from realsyn_lib.text_table import text_table

Record = dict[str, Any]
_COLUMNS: dict[Task, tuple[str, ...]] = {
    "zeroshot_classification": ("acc1", "acc5", "mean_per_class_recall"),
    "zeroshot_retrieval": tuple(
        f"{side}_retrieval_recall@{k}" for side in ("image", "text") for k in (1, 5, 10)
    ),
    "linear_probe": ("lp_acc1", "lp_acc5", "lp_mean_per_class_recall"),
}


def record_digest(
    model: EvaluatedModel, chosen: BenchmarkSet, task: Task, settings: EvaluateSettings
) -> str:
    """Tell an evaluation from one of other weights, files or settings."""
    told = (model.digest, chosen.digest, task, settings.model_dump_json())
    return hashlib.sha256(" ".join(told).encode()).hexdigest()


def record_of(
    model: EvaluatedModel, chosen: BenchmarkSet, task: Task, measured: Measured, digest: str
) -> Record:
    """Return the record: CLIP_benchmark's keys, and behind them ours."""
    return {
        "dataset": f"wds/{chosen.name}",
        "model": model.model,
        "pretrained": model.pretrained,
        "task": task,
        "metrics": {name: _number(value) for name, value in measured.metrics.items()},
        "language": "en",
        "images": measured.images,
        "images_left_out": sum(measured.refused.values()),
        "left_out": dict(sorted(measured.refused.items())),
        "digest": digest,
    }


def _number(value: float) -> float | None:
    """JSON has no NaN."""
    return None if isinstance(value, float) and math.isnan(value) else value


@dataclass
class Results:
    """The file of one model's records, written whole after each, so that a kill loses one evaluation."""

    path: str
    records: list[Record]

    @classmethod
    def at(cls, path: str) -> "Results":
        """Read the file; an empty one where there is none.

        Raises:
            InputError: it holds something else.
        """
        lines = (read_text(path) or "").splitlines()
        try:
            records = [json.loads(line) for line in lines if line.strip()]
        except ValueError as error:
            raise InputError(f"{path}: it holds no JSON lines ({error}); move it away") from error
        if not all(isinstance(one, dict) and "digest" in one for one in records):
            raise InputError(f"{path}: it holds no records of ours; move it away")
        return cls(path, records)

    def known(self, digest: str) -> Record | None:
        """Return the record of that evaluation, where it has been made."""
        return next((one for one in self.records if one["digest"] == digest), None)

    def add(self, record: Record) -> None:
        """Put a record in the place of an older one of its set and task."""
        same = ("dataset", "task")
        self.records = [
            one for one in self.records if any(one.get(key) != record[key] for key in same)
        ] + [record]
        ordered = sorted(self.records, key=lambda one: (str(one["task"]), str(one["dataset"])))
        write_text(self.path, "".join(f"{json.dumps(one)}\n" for one in ordered))


def results_path(files: str, model: EvaluatedModel) -> str:
    """Return the file of a model's records: its last names, and the beginning of its digest."""
    last = f"{model.model.rpartition('/')[2]}-{model.pretrained.rpartition('/')[2]}"
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", last)[-80:].strip("-.")
    return f"{files}/evaluations/{name}-{model.digest[:8]}.jsonl"


def tables_of(records: Iterable[Record]) -> list[str]:
    """Return a table for each task, and a line for each of the paper's lists that has a set."""
    made = list(records)
    lines = []
    for task, names in _COLUMNS.items():
        rows = [one for one in made if one["task"] == task]
        if rows:
            lines += [task, _table(rows, names), ""]
    for listed in PAPER_LISTS.values():
        found = {
            str(one["dataset"]).removeprefix("wds/"): one["metrics"]
            for one in made
            if one["task"] == listed.task
        }
        mean, missing = listed_mean(listed, found)
        if mean is not None:
            count = len(listed.metrics)
            rest = f"; without {', '.join(missing)}" if missing else ""
            lines.append(
                f"RealSyn's {listed.title}: {count - len(missing)} of {count} sets, mean {mean:.4f}{rest}"
            )
    return lines


def _table(rows: list[Record], names: tuple[str, ...]) -> str:
    shown = [name.replace("_retrieval_recall", " R") for name in names]
    cells = [
        [str(row["dataset"]).removeprefix("wds/")]
        + [_rounded(row["metrics"].get(name)) for name in names]
        + [row["images"], row["images_left_out"]]
        for row in rows
    ]
    return text_table(["set", *shown, "images", "left out"], cells)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)

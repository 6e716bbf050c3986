"""Index files beside the tables, and which of them the published runs use."""

import math
from collections.abc import Iterable

from jobs.ledger import StageRun
from jobs.stage import Stage
from realsyn_lib.retrieval.level_file import DIGITS

INDEXES = "indexes"
_METRIC = "index."
_NAMED_DIGITS = 12  # of the digest, in a file's name
_FIGURES = ("image_cells", "sentence_cells")  # metrics that name a file of their own


def tell_index(stage: Stage, name: str, digest: str) -> None:
    """Keep in the metrics that a stage uses the index file of that name and SHA-256."""
    stage.metrics[f"{_METRIC}{name}"] = float(int(digest[:_NAMED_DIGITS], 16))


def used_files(runs: Iterable[StageRun]) -> set[str]:
    """Return the names, without ending, of the index files that runs have used."""
    names = set()
    for run in runs:
        for metric, value in run.metrics.items():
            if metric.startswith(_METRIC):
                names.add(f"{metric.removeprefix(_METRIC)}-{int(value):0{_NAMED_DIGITS}x}")
            elif metric in _FIGURES and not math.isnan(value):
                names.add(f"{metric}-{int(value):0{DIGITS}x}")
    return names

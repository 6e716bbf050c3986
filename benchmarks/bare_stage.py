"""A stage without a warehouse: what the semantic search sees of one, and what it keeps."""

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt
from pyspark.sql import DataFrame, SparkSession

from jobs.dedup.semantic_pairs import semantic_edges
from jobs.memory import Memory
from jobs.stage import Stage
from realsyn_lib.config import Config
from realsyn_lib.stages import StageSpec, stage_named

_RUN: dict[str, Any] = {"config_digest": "one", "input_versions": {}, "output_versions": {}}


@dataclass
class BareStage:
    """Settings, working files in a folder, metrics; ``past``: those of the last finished run."""

    spark: SparkSession
    conf: Config
    folder: Path
    past: dict[str, float] | None = None
    only_run: str | None = None
    spec: StageSpec = field(default_factory=lambda: stage_named("dedup_sentences"))
    models: dict[str, str] = field(default_factory=lambda: {"encoder": "of the benchmark"})
    metrics: dict[str, float] = field(default_factory=dict)
    outputs: dict[str, int] = field(default_factory=dict)
    frozen_figure = Stage.frozen_figure

    @property
    def attempt(self) -> SimpleNamespace:
        """Settings never change between the runs of a benchmark."""
        return SimpleNamespace(only_run=self.only_run, refit=frozenset(), **_RUN)

    @property
    def ledger(self) -> SimpleNamespace:
        """What the last run left."""
        last = self.past and SimpleNamespace(metrics=self.past, **_RUN)
        return SimpleNamespace(last_finished=lambda _name: last)

    def attempt_digest(self) -> str:
        """Name the memory of this run after that of the one before."""
        return f"{int((self.past or {}).get('memory', 0)) + 1:013x}"

    def progress(self, _text: str) -> None:
        """Say nothing."""

    def files(self, *parts: str) -> str:
        """Return a path in the folder."""
        return str(self.folder.joinpath(*parts))

    def scratch(self, name: str, frame: DataFrame) -> DataFrame:
        """Evaluate a frame into a working file."""
        place = self.files("work", name)
        frame.write.mode("overwrite").parquet(place)
        return self.spark.read.schema(frame.schema).parquet(place)


def found_edges(stage: Any, rows: DataFrame) -> npt.NDArray[np.int64]:
    """Find the edges of (id, embedding) as a dedup stage does, keep what it keeps, print its metrics."""
    memory = Memory(stage)
    found = semantic_edges(stage, rows, stage.conf.dedup_sentences, memory).toArrow()
    memory.seal()
    print({name: round(value, 4) for name, value in stage.metrics.items()}, flush=True)
    return np.stack([found["src"].to_numpy(), found["dst"].to_numpy()], axis=1)

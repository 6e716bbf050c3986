"""Vectors, each once -> the near pairs that meet in cells, each row's cells, and the recall."""

from dataclasses import dataclass

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql.functions import coalesce, lit
from pyspark.sql.functions import sum as sum_of

from jobs.centroids import fit_levels, publish_levels
from jobs.compat import by_number
from jobs.dedup.frozen_cells import CELLS_OF, frozen_levels
from jobs.fit_sample import FitSettings, hash_sample
from jobs.stage import Stage
from realsyn_lib.arrow_types import stream_bytes
from realsyn_lib.config import SemanticSettings
from realsyn_lib.dedup.cell_plan import CellPlan, plan_cells
from realsyn_lib.dedup.cells import CellRules
from realsyn_lib.retrieval.levels import LevelIndex
from udfs.near_pairs import FOUND_DDL, near_pairs_in_cells
from udfs.pair_recall import RECALL_DDL, pair_recall
from udfs.place_in_cells import LOADS_DDL, PLACED_DDL, cell_loads, place_in_cells


@dataclass(frozen=True)
class InCells:
    """``edges``: src, dst. ``rows``: id, one, other, cells. ``facts``: pairs, found, width."""

    edges: DataFrame
    rows: DataFrame
    facts: DataFrame


def rules_of(settings: SemanticSettings) -> CellRules:
    """Return in which cells a row is looked for."""
    return CellRules(
        settings.max_cosine_distance, settings.border, settings.max_probes, settings.beam
    )


def meet_in_cells(
    stage: Stage, vectors: DataFrame, rows: int, width: int, settings: SemanticSettings
) -> InCells:
    """Compare (id, embedding, one, other) with what is in their cells, fitted now or frozen.

    ``rows``: how many. ``width``: numbers in a vector.
    """
    rules, pairs = rules_of(settings), vectors.select("id", "embedding")

    def sampled(cells: int) -> tuple[DataFrame, float]:
        wanted = cells * min(settings.sample_per_centroid, settings.rows_per_cluster)
        sample = hash_sample(pairs, rows, wanted, settings.seed)
        return stage.scratch("cell_sample", sample), max(1.0, rows / wanted)

    def fit() -> LevelIndex:
        cells = -(-rows // settings.rows_per_cluster)
        sample, rows_each = sampled(cells)
        found = fit_levels(stage, sample, round(rows / rows_each), cells, _fit_of(settings))
        return publish_levels(stage, found, "indexes", CELLS_OF[stage.spec.name])

    index = frozen_levels(stage, settings, width, fit)
    plan = _plan(stage, *sampled(index.cells.k), index, rules)
    tell_cells(stage, rows, index)
    facts = stage.scratch("pair_recall", _recall(stage, pairs, rows, index, rules, settings.seed))
    placed = vectors.mapInArrow(place_in_cells(index, rules, plan), PLACED_DDL)
    compare = near_pairs_in_cells(plan, rules.max_distance)
    compared = by_number(placed, plan.tasks, "task").mapInArrow(compare, FOUND_DDL)
    found = stage.scratch("met_in_cells", compared)
    return InCells(
        found.where("dst IS NOT NULL").select("src", "dst"),
        found.where("dst IS NULL").selectExpr("src AS id", "one", "other", "cells"),
        facts.withColumn("width", lit(width)),
    )


def _fit_of(settings: SemanticSettings) -> FitSettings:
    """Cells need not be the best, since rows look across their borders: no rounds over all groups."""
    return FitSettings(
        settings.sample_per_centroid, settings.iterations, 0, settings.beam, settings.seed
    )


def tell_cells(stage: Stage, rows: int, index: LevelIndex) -> None:
    """Metrics cells, and rows_per_cell, which rises as rows are added to frozen cells."""
    stage.metrics["cells"] = float(index.cells.k)
    stage.metrics["rows_per_cell"] = rows / index.cells.k


def _plan(
    stage: Stage, sample: DataFrame, rows_each: float, index: LevelIndex, rules: CellRules
) -> CellPlan:
    """Estimate from the sample what each cell has to do, and deal the cells out."""
    loads = sample.mapInArrow(cell_loads(index, rules), LOADS_DDL).groupBy("cell")
    found = loads.agg(sum_of("members").alias("members"), sum_of("rows").alias("rows")).toArrow()
    counts = {name: np.zeros(index.cells.k, np.int64) for name in ("members", "rows")}
    for name, own in counts.items():
        own[found["cell"].to_numpy()] = np.ceil(found[name].to_numpy() * rows_each)
    stage.metrics["cells_of_a_row"] = float(counts["rows"].sum() / counts["members"].sum())
    return plan_cells(
        counts["members"],
        counts["rows"],
        row_bytes=2 * index.cells.width,
        task_bytes=stage.conf.batch.cell_bytes,
        least_tasks=int(stage.conf.spark.shuffle_partitions),
    )


def _recall(
    stage: Stage, vectors: DataFrame, rows: int, index: LevelIndex, rules: CellRules, seed: int
) -> DataFrame:
    """Compare a few rows with all: their near pairs, and how many of those meet."""
    # Another seed than that of the fit, whose rows are nearer to their cells than others are.
    few = hash_sample(vectors, rows, stage.conf.checks.recall_rows, seed + 2).toArrow()
    recall = pair_recall(stream_bytes(few), index, rules)
    sums = (coalesce(sum_of(name), lit(0)).alias(name) for name in ("pairs", "found"))
    return vectors.mapInArrow(recall, RECALL_DDL).agg(*sums)

"""Semantic near pairs: rows meet in k-means cells, and across the borders that are near."""

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql.functions import col, count
from pyspark.sql.functions import min as min_of
from pyspark.sql.functions import sum as sum_of

from jobs.centroids import fit_levels, hash_sample
from jobs.compat import by_number
from jobs.stage import Stage
from realsyn_lib.config import SemanticSettings
from realsyn_lib.dedup.cell_plan import CellPlan, plan_cells
from realsyn_lib.dedup.cells import CellRules
from realsyn_lib.retrieval.levels import LevelIndex
from udfs.components import EDGES_DDL
from udfs.near_pairs import near_pairs, near_pairs_in_cells
from udfs.pair_recall import RECALL_DDL, pair_recall
from udfs.place_in_cells import LOADS_DDL, PLACED_DDL, cell_loads, place_in_cells
from udfs.sound_vectors import sound_vectors

_ROWS_DDL = "id bigint, embedding binary"


def semantic_edges(stage: Stage, vectors: DataFrame, settings: SemanticSettings) -> DataFrame:
    """Return src, dst: edges of the components of near pairs of (id, embedding).

    A vector not of unit norm joins nothing. Few rows are compared in one task. Of many, equal
    vectors are joined by their hash and the others meet in cells; how many near pairs of a sample
    do so is measured.
    """
    cells = _cells(stage, vectors.count(), settings)
    sound = vectors.select("id", "embedding").mapInArrow(sound_vectors, _ROWS_DDL)
    if cells <= 1:
        return _in_one_task(sound, settings)
    distinct, equal = _distinct(stage, stage.scratch("sound_vectors", sound))
    rows = distinct.count()
    if _cells(stage, rows, settings) <= 1:
        return _in_one_task(distinct, settings).union(equal)
    return _in_cells(stage, distinct, rows, settings).union(equal)


def _cells(stage: Stage, rows: int, settings: SemanticSettings) -> int:
    cells = -(-rows // settings.rows_per_cluster)
    stage.metrics["cells"] = float(cells)
    return cells


def _in_one_task(vectors: DataFrame, settings: SemanticSettings) -> DataFrame:
    return vectors.repartition(1).mapInArrow(near_pairs(settings.max_cosine_distance), EDGES_DDL)


def _distinct(stage: Stage, vectors: DataFrame) -> tuple[DataFrame, DataFrame]:
    """Return a row of each vector, that of the smallest id, and the edges of the others to it.

    By 128 bits of hash. Else a vector that is stored very often would be a cell that nothing cuts.
    """
    keyed = vectors.selectExpr(
        "id", "xxhash64(embedding) AS one", "xxhash64(1, embedding) AS other"
    )
    by_key = keyed.groupBy("one", "other").agg(min_of("id").alias("dst"), count("id").alias("rows"))
    repeated = stage.scratch("equal_keys", by_key.where("rows > 1").drop("rows"))
    edges = keyed.join(repeated, ["one", "other"]).where("id != dst").selectExpr("id AS src", "dst")
    if repeated.isEmpty():
        return vectors, edges.where("false")
    equal = stage.scratch("equal_vectors", edges)
    distinct = vectors.join(equal, col("id") == col("src"), "left_anti")
    return stage.scratch("distinct_vectors", distinct), equal


def _in_cells(stage: Stage, vectors: DataFrame, rows: int, settings: SemanticSettings) -> DataFrame:
    cells = -(-rows // settings.rows_per_cluster)
    rules = CellRules(
        settings.max_cosine_distance, settings.border, settings.max_probes, settings.beam
    )
    wanted = cells * min(settings.sample_per_centroid, settings.rows_per_cluster)
    sample = stage.scratch("cell_sample", hash_sample(vectors, rows, wanted, settings.seed))
    index = fit_levels(stage, sample, cells, settings, "cells")
    _measure(stage, vectors, rows, index, rules, settings.seed)
    plan = _plan(stage, sample, rows / wanted, index, rules)
    placed = vectors.mapInArrow(place_in_cells(index, rules, plan), PLACED_DDL)
    compare = near_pairs_in_cells(plan, rules.max_distance)
    return by_number(placed, plan.tasks, "task").mapInArrow(compare, EDGES_DDL)


def _plan(
    stage: Stage, sample: DataFrame, rows_each: float, index: LevelIndex, rules: CellRules
) -> CellPlan:
    """Estimate from the sample what each cell has to do, and deal the cells out."""
    loads = sample.mapInArrow(cell_loads(index, rules), LOADS_DDL).groupBy("cell")
    found = loads.agg(sum_of("members").alias("members"), sum_of("rows").alias("rows")).toArrow()
    counts = {name: np.zeros(index.cells.k, np.int64) for name in ("members", "rows")}
    for name, own in counts.items():
        own[found["cell"].to_numpy()] = np.ceil(found[name].to_numpy() * max(1.0, rows_each))
    stage.metrics |= {
        "cells": float(index.cells.k),
        "cells_of_a_row": float(counts["rows"].sum() / counts["members"].sum()),
    }
    return plan_cells(
        counts["members"],
        counts["rows"],
        row_bytes=2 * index.cells.width,
        task_bytes=stage.conf.batch.cell_bytes,
        least_tasks=int(stage.conf.spark.shuffle_partitions),
    )


def _measure(
    stage: Stage, vectors: DataFrame, rows: int, index: LevelIndex, rules: CellRules, seed: int
) -> None:
    """Compare a few rows with all: metrics pair_recall and pair_recall_pairs, what it rests on."""
    # Another seed than that of the fit, whose rows are nearer to their cells than others are.
    few = hash_sample(vectors, rows, stage.conf.checks.recall_rows, seed + 2).toArrow()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, few.schema) as stream:
        stream.write_table(few)
    recall = pair_recall(sink.getvalue().to_pybytes(), index, rules)
    counts = vectors.mapInArrow(recall, RECALL_DDL).agg(sum_of("pairs"), sum_of("found"))
    pairs, found = (int(number or 0) for number in counts.collect()[0])
    stage.metrics["pair_recall_pairs"] = float(pairs)
    if pairs:
        stage.metrics["pair_recall"] = found / pairs

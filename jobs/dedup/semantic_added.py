"""Rows that were added or lost a link -> their near pairs with all rows, which stream by once."""

from pyspark.sql import DataFrame
from pyspark.sql.functions import col

from jobs.dedup.semantic_cells import rules_of, tell_cells
from jobs.dedup.semantic_change import Change, standing_rows
from jobs.dedup.semantic_past import Past
from jobs.dedup.vector_keys import KEY, distinct_vectors, keyed
from jobs.kept_files import written_files
from jobs.stage import Stage
from realsyn_lib.config import SemanticSettings
from realsyn_lib.retrieval.levels import LevelIndex
from udfs.arrow_files import FILES_DDL, ArrowFile
from udfs.asked_files import write_asked_files
from udfs.components import EDGES_DDL
from udfs.near_asked import near_asked
from udfs.place_in_cells import CELLED_DDL, row_cells

_CELLS_OF_A_ROW = 4  # about; decides into how many tasks the writing of files is cut
_LEAST = "id", "embedding", "cells"


def after_change(
    stage: Stage, vectors: DataFrame, change: Change, past: Past, index: LevelIndex,
    settings: SemanticSettings,
) -> Past | None:  # fmt: skip
    """Return rows, edges and facts as they are now, the edges not yet components.

    None where so few distinct vectors are left that one task compares all.
    """
    asked = stage.scratch("asked_vectors", keyed(vectors.join(change.asked, "id", "left_semi")))
    standing = standing_rows(change.rows)
    old = standing.select(*KEY, col("id").alias("dst"))
    equal = stage.scratch(
        "equal_to_old", asked.drop("embedding").join(old, KEY).selectExpr("id AS src", "dst")
    )
    new = asked.join(equal, col("id") == col("src"), "left_anti")
    new, equal_new = distinct_vectors(stage, new)
    rules = rules_of(settings)
    placed = stage.scratch("asked_placed", new.mapInArrow(row_cells(index, rules), CELLED_DDL))
    distinct = standing.count() + placed.count()
    if distinct <= settings.rows_per_cluster:
        return None
    tell_cells(stage, distinct, index)
    files = _files(stage, placed, change.asked_count * index.cells.width * 2)
    streaming = vectors.join(standing.select("id", "cells"), "id").select(*_LEAST)
    near = near_asked(files, rules.max_distance, stage.conf.batch.cell_bytes)
    edges = streaming.union(placed.select(*_LEAST)).mapInArrow(near, EDGES_DDL)
    others = change.asked.join(placed, "id", "left_anti")
    nothing = ("CAST(null AS bigint)", "CAST(null AS bigint)", "CAST(null AS array<int>)")
    rows = change.rows.union(placed.drop("embedding")).union(others.selectExpr("id", *nothing))
    return Past(rows, change.stars.union(equal).union(equal_new).union(edges), past.facts)


def _files(stage: Stage, placed: DataFrame, vector_bytes: int) -> tuple[ArrowFile, ...]:
    """Write the placed rows, one for each of their cells, by cell."""
    cell_bytes = stage.conf.batch.cell_bytes
    tasks = -(-_CELLS_OF_A_ROW * vector_bytes // cell_bytes)
    entries = placed.selectExpr("id", "embedding", "posexplode(cells) AS (place, cell)")
    entries = entries.selectExpr("cell", "place = 0 AS is_home", "id", "embedding")
    sorted_ = entries.repartition(max(1, tasks), "cell").sortWithinPartitions(
        "cell", col("is_home").desc(), "id"
    )
    folder = stage.files("work", stage.spec.name, "asked")
    return written_files(sorted_.mapInArrow(write_asked_files(folder, cell_bytes), FILES_DDL))

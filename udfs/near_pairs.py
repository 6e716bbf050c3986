"""Near pairs of vectors: of one task's rows, or of the cells that a task was given."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pyarrow as pa

from realsyn_lib.dedup.cell_plan import CellPlan
from realsyn_lib.dedup.components import forest
from realsyn_lib.dedup.near_vectors import near_vectors
from realsyn_lib.embeddings import Ids, vectors_of
from udfs.components import edge_batch
from udfs.nearest_cluster import ArrowMap

Edges = tuple[Ids, Ids]


def near_pairs(max_distance: float) -> ArrowMap:
    """Return a ``mapInArrow`` function: (id, embedding) -> ``EDGES_DDL`` among a partition's rows.

    Expects embedding: binary, float16 little-endian, unit norm.
    A partition's vectors are in memory as float32.
    """

    def link(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for rows in _whole(batches):
            vectors, ids = vectors_of(rows["embedding"]), rows["id"].to_numpy()
            yield edge_batch(near_vectors(vectors, ids, max_distance))

    return link


def near_pairs_in_cells(plan: CellPlan, max_distance: float) -> ArrowMap:
    """Return a ``mapInArrow`` function: the rows of tasks (``PLACED_DDL``) -> ``EDGES_DDL``, a forest.

    A partition holds all rows of its tasks, of one task as a rule: their vectors are in memory as
    stored and as float32.
    """

    def link(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for rows in _whole(batches):
            yield edge_batch(forest(_units(plan, rows, max_distance)))

    return link


def _units(plan: CellPlan, rows: pa.Table, max_distance: float) -> Iterator[Edges]:
    vectors = vectors_of(rows["embedding"])
    ids, task = rows["id"].to_numpy(), rows["task"].to_numpy()
    cells = rows["cells"].combine_chunks().flatten().to_numpy().reshape(len(ids), -1)
    roles = plan.roles(ids, cells.astype(np.int64))
    own = plan.task_of[roles.unit] == task[roles.row]
    row, unit, is_member = roles.row[own], roles.unit[own], roles.is_member[own]
    bounds = np.flatnonzero(np.r_[True, unit[1:] != unit[:-1], True])
    for start, end in pairwise(bounds.tolist()):
        members = int(is_member[start:end].sum())
        if members and end - start > 1:
            some = row[start:end]
            yield near_vectors(vectors[some], ids[some], max_distance, members=members)


def _whole(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Yield all rows of a partition as one table, unless there are none."""
    held = [batch for batch in batches if batch.num_rows]
    if held:
        yield pa.Table.from_batches(held)

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
from udfs.place_in_cells import cell_lists

# An edge; or, where dst is null, the row src with the key of its vector and its cells.
FOUND_DDL = "src bigint, dst bigint, one bigint, other bigint, cells array<int>"
_FOUND = pa.schema(
    [(name, pa.int64()) for name in ("src", "dst", "one", "other")]
    + [("cells", pa.list_(pa.int32()))]
)
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
    """Return a ``mapInArrow`` function: the rows of tasks (``PLACED_DDL``) -> ``FOUND_DDL``.

    A forest, and each row once, by the task that it is at home in. A partition holds all rows of
    its tasks, of one task as a rule: their vectors are in memory as stored and as float32.
    """

    def link(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for rows in _whole(batches):
            cells = rows["cells"].combine_chunks().flatten().to_numpy()
            cells = cells.reshape(rows.num_rows, -1).astype(np.int64)
            src, dst = forest(_units(plan, rows, cells, max_distance))
            yield _found(src, dst=dst)
            home = plan.home_tasks(rows["id"].to_numpy(), cells) == rows["task"].to_numpy()
            own = rows.filter(pa.array(home)).combine_chunks()
            keys = {name: own[name].to_numpy() for name in ("one", "other")}
            yield _found(own["id"].to_numpy(), **keys, cells=cell_lists(cells[home]))

    return link


def _found(src: Ids, **known: Ids | pa.Array) -> pa.RecordBatch:
    """Return a batch of ``FOUND_DDL`` with the given columns; the others are null."""
    columns = {"src": src} | known
    arrays = [
        pa.array(columns[field.name], field.type)
        if field.name in columns
        else pa.nulls(len(src), field.type)
        for field in _FOUND
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=_FOUND)


def _units(plan: CellPlan, rows: pa.Table, cells: Ids, max_distance: float) -> Iterator[Edges]:
    vectors = vectors_of(rows["embedding"])
    ids, task = rows["id"].to_numpy(), rows["task"].to_numpy()
    roles = plan.roles(ids, cells)
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

"""Rows -> the cells that each is searched in, and the tasks where those are."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from realsyn_lib.dedup.cell_plan import CellPlan
from realsyn_lib.dedup.cells import CellRules, probed_cells
from realsyn_lib.embeddings import Ids, vectors_of
from realsyn_lib.retrieval.levels import LevelIndex
from udfs.gather import gathered
from udfs.mapped_index import mapped
from udfs.nearest_cluster import ROWS_AT_ONCE, ArrowMap

_KEYED_DDL = "id bigint, embedding binary, one bigint, other bigint"
PLACED_DDL = f"task int, {_KEYED_DDL}, cells array<int>"
CELLED_DDL = f"{_KEYED_DDL}, cells array<int>"
LOADS_DDL = "cell int, members bigint, rows bigint"


def place_in_cells(index: LevelIndex, rules: CellRules, plan: CellPlan) -> ArrowMap:
    """Return a ``mapInArrow`` function: (id, embedding, one, other) -> ``PLACED_DDL``.

    Expects embedding: binary, float16 little-endian, unit norm, of the width of ``index``; one and
    other (the vector's key) go along. A row comes once for each task that one of its cells belongs
    to, with all its cells, its own first, -1 where there is none. ``ROWS_AT_ONCE`` rows are in
    memory.
    """

    def place(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for rows, cells in _celled(batches, index, rules):
            roles = plan.roles(rows["id"].to_numpy(), cells)
            meetings = np.unique(roles.row * plan.tasks + plan.task_of[roles.unit])
            row, task = np.divmod(meetings, plan.tasks)
            own = rows.take(pa.array(row)).append_column("cells", _lists(cells[row]))
            yield own.add_column(0, "task", pa.array(task.astype(np.int32)))

    return place


def row_cells(index: LevelIndex, rules: CellRules) -> ArrowMap:
    """Return a ``mapInArrow`` function: (id, embedding, one, other) -> ``CELLED_DDL``.

    As ``place_in_cells``, each row once; its cells only.
    """

    def place(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for rows, cells in _celled(batches, index, rules):
            yield rows.append_column("cells", cell_lists(cells))

    return place


def cell_lists(cells: Ids) -> pa.Array:
    """Return (n, p) cells, -1 where there is none, as n lists without those."""
    there = cells >= 0
    offsets = np.zeros(len(cells) + 1, np.int32)
    np.cumsum(there.sum(axis=1), out=offsets[1:])
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(cells[there].astype(np.int32)))


def cell_loads(index: LevelIndex, rules: CellRules) -> ArrowMap:
    """Return a ``mapInArrow`` function: (id, embedding) -> ``LOADS_DDL``, of each batch.

    ``members`` have the cell as their own; ``rows`` are compared with them, themselves included.
    """

    def count(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for _, cells in _celled(batches, index, rules):
            k = index.cells.k
            rows = np.bincount(cells[cells >= 0], minlength=k)
            members = np.bincount(cells[:, 0], minlength=k)
            own = np.flatnonzero(rows)
            columns = [pa.array(own.astype(np.int32)), pa.array(members[own]), pa.array(rows[own])]
            yield pa.RecordBatch.from_arrays(columns, ["cell", "members", "rows"])

    return count


def _celled(
    batches: Iterator[pa.RecordBatch], index: LevelIndex, rules: CellRules
) -> Iterator[tuple[pa.RecordBatch, Ids]]:
    levels = mapped(index)
    for batch in gathered(batches, ROWS_AT_ONCE):
        yield batch, probed_cells(vectors_of(batch["embedding"], index.cells.width), levels, rules)


def _lists(cells: Ids) -> pa.Array:
    offsets = np.arange(len(cells) + 1, dtype=np.int32) * np.int32(cells.shape[1])
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(cells.astype(np.int32).ravel()))

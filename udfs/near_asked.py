"""Rows as they stream by -> those near a row that is asked for."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from realsyn_lib.dedup.cell_meetings import cell_runs, in_cell_order, near_across, rectangles
from realsyn_lib.dedup.components import forest
from realsyn_lib.embeddings import Ids, vectors_of
from udfs.arrow_files import ArrowFile
from udfs.asked_files import Asked, read_asked_file
from udfs.components import edge_batch
from udfs.gather import gathered
from udfs.nearest_cluster import ArrowMap

_ROWS_AT_ONCE = 2**17


def near_asked(files: tuple[ArrowFile, ...], max_distance: float, batch_bytes: int) -> ArrowMap:
    """Return a ``mapInArrow`` function: (id, embedding, cells) -> ``EDGES_DDL``, a forest.

    Expects embedding: binary, float16 little-endian, unit norm; cells: array<int>, the row's own
    first. In memory are ``batch_bytes`` of rows, as stored and as float32; the files are mapped.
    """

    def link(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        opened = [read_asked_file(file) for file in files]
        yield edge_batch(
            forest(
                edges
                for batch in gathered(batches, _ROWS_AT_ONCE, batch_bytes)
                for edges in _near(batch, opened, 1 - max_distance)
            )
        )

    return link


def _near(
    batch: pa.RecordBatch, opened: list[Asked], min_cosine: float
) -> Iterator[tuple[Ids, Ids]]:
    vectors, ids, cells = vectors_of(batch["embedding"]), batch["id"].to_numpy(), batch["cells"]
    starts = cells.offsets.to_numpy() - cells.offsets[0].as_py()
    row = np.repeat(np.arange(len(ids)), np.diff(starts))
    cell, is_home = cells.flatten().to_numpy(), np.zeros(len(row), np.bool_)
    is_home[starts[:-1]] = True
    order = in_cell_order(cell, is_home)
    runs, row = cell_runs(cell[order], is_home[order]), row[order]
    for asked in opened:
        met = rectangles(runs, asked.runs)
        for own, entry in near_across(vectors, row, asked.vectors, met, min_cosine):
            yield ids[own], asked.ids[entry]

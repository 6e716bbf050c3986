"""How many near pairs of a few rows the cells let meet."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from realsyn_lib.dedup.cells import CellRules, probed_cells
from realsyn_lib.dedup.near_vectors import near_block
from realsyn_lib.embeddings import Ids, vectors_of
from realsyn_lib.retrieval.levels import LevelIndex
from udfs.mapped_index import mapped
from udfs.nearest_cluster import ArrowMap

RECALL_DDL = "pairs bigint, found bigint"
_NONE = np.zeros((0, 0), np.bool_)


def pair_recall(sample: bytes, index: LevelIndex, rules: CellRules) -> ArrowMap:
    """Return a ``mapInArrow`` function: (id, embedding) -> ``RECALL_DDL``, of each batch.

    Every row is compared with every row of ``sample``: an Arrow stream of (id, embedding). A
    near pair is found where the cell of one is among those of the other.
    """

    def count(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        levels, width = mapped(index), index.cells.width
        asked = pa.ipc.open_stream(sample).read_all()
        probes, asked_ids = vectors_of(asked["embedding"], width), asked["id"].to_numpy()
        asked_cells = probed_cells(probes, levels, rules)
        for batch in batches:
            vectors = vectors_of(batch["embedding"], width)
            close = near_block(vectors, probes, len(probes), 1 - rules.max_distance)
            row, other = np.nonzero(_NONE if close is None else close)
            apart = batch["id"].to_numpy()[row] != asked_ids[other]
            row, other = row[apart], other[apart]
            near, of_near = np.unique(row, return_inverse=True)
            cells = probed_cells(vectors[near], levels, rules)[of_near]
            found = _meets(cells, asked_cells[other]) | _meets(asked_cells[other], cells)
            counts = [pa.array([len(row)], pa.int64()), pa.array([int(found.sum())], pa.int64())]
            yield pa.RecordBatch.from_arrays(counts, ["pairs", "found"])

    return count


def _meets(cells: Ids, others: Ids) -> np.ndarray:
    """Return (n,) bool: the own cell of the one is among those of the other."""
    return np.asarray((others == cells[:, :1]).any(axis=1))

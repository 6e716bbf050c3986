"""Nearest clusters of an embedding."""

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa

from realsyn_lib.embeddings import vectors_of
from realsyn_lib.retrieval.levels import LevelIndex, probes
from udfs.gather import gathered
from udfs.mapped_index import mapped

ArrowMap = Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]
_ROWS_AT_ONCE = 2**14  # rows that share the products with the cells of a group


def nearest_cluster(index: LevelIndex, beam: int = 1, column: str = "embedding") -> ArrowMap:
    """Return a ``mapInArrow`` function that appends ``cluster_id`` (int).

    Expects ``column``: binary, float16 little-endian, unit norm, of the width of ``index``, not
    null. ``beam``: groups of clusters that a row looks into. An index in a file is mapped: 4 *
    clusters * width bytes on the node's disk, next to none of it private memory. ``_ROWS_AT_ONCE``
    rows are in memory.
    """

    def assign(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        levels = mapped(index)
        for batch in gathered(batches, _ROWS_AT_ONCE):
            vectors = vectors_of(batch[column], index.cells.width)
            clusters = probes(vectors, levels, beam, 1)[:, 0]
            yield batch.append_column("cluster_id", pa.array(clusters.astype(np.int32)))

    return assign

"""Nearest clusters of an embedding."""

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa

from realsyn_lib.embeddings import Ids, vectors_of
from realsyn_lib.failpoints import reach
from realsyn_lib.retrieval.levels import LevelIndex, probes
from udfs.device import search_on_device
from udfs.gather import gathered
from udfs.mapped_index import mapped

ArrowMap = Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]
ROWS_AT_ONCE = 2**14  # rows that share the products with the cells of a group


def nearest_cluster(index: LevelIndex, beam: int = 1, column: str = "embedding") -> ArrowMap:
    """Return a ``mapInArrow`` function that appends ``cluster_id`` (int).

    Expects ``column``: binary, float16 little-endian, unit norm, of the width of ``index``, not
    null. ``beam``: groups of clusters that a row looks into. An index in a file is mapped: 4 *
    clusters * width bytes on the node's disk, next to none of it private memory. ``ROWS_AT_ONCE``
    rows are in memory.
    """

    def assign(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch, clusters in with_probes(batches, index, beam, 1, column):
            reach("nearest_cluster.batch")
            yield batch.append_column("cluster_id", pa.array(clusters[:, 0].astype(np.int32)))

    return assign


def with_probes(
    batches: Iterator[pa.RecordBatch], index: LevelIndex, beam: int, top: int,
    column: str = "embedding",
) -> Iterator[tuple[pa.RecordBatch, Ids]]:  # fmt: skip
    """Yield gathered batches and the ``top`` nearest clusters of their rows, (n, top), -1 where fewer."""
    search_on_device()
    levels = mapped(index)
    for batch in gathered(batches, ROWS_AT_ONCE):
        yield batch, probes(vectors_of(batch[column], index.cells.width), levels, beam, top)

"""Nearest clusters of an embedding."""

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa

from realsyn_lib.embeddings import vectors_of
from realsyn_lib.retrieval.centroids import Centroids, nearest
from udfs.mapped_index import mapped

ArrowMap = Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]


def nearest_cluster(index: Centroids, column: str = "embedding") -> ArrowMap:
    """Return a ``mapInArrow`` function that appends ``cluster_id`` (int).

    Expects ``column``: binary, float16 little-endian, unit norm, of the width of ``index``, not
    null. The index is mapped: 4 * clusters * width bytes on the node's disk, next to none of it
    private memory.
    """

    def assign(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        centroids = mapped(index)
        for batch in batches:
            vectors = vectors_of(batch[column], index.width)
            clusters = nearest(vectors, centroids).members[:, 0]
            yield batch.append_column("cluster_id", pa.array(clusters.astype(np.int32)))

    return assign

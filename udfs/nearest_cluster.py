"""Nearest clusters of an embedding."""

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa

from realsyn_lib.embeddings import vectors_of
from realsyn_lib.retrieval.centroids import Centroids, nearest
from udfs.mapped_index import mapped_centroids

ArrowMap = Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]


def nearest_cluster(index: Centroids, probes: int = 1, column: str = "embedding") -> ArrowMap:
    """Return a ``mapInArrow`` function that appends ``cluster_id`` (int).

    Expects ``column``: binary, float16 little-endian, unit norm, of the width of ``index``, not
    null. With ``probes`` above 1 each row comes once for each of its nearest clusters. The index
    is mapped: 4 * clusters * width bytes on the node's disk, next to none of it private memory.
    """

    def assign(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        centroids = mapped_centroids(index)
        for batch in batches:
            vectors = vectors_of(batch[column], index.width)
            clusters = nearest(vectors, centroids, min(probes, index.k)).members
            rows = np.repeat(np.arange(len(clusters)), clusters.shape[1])
            repeated = batch if clusters.shape[1] == 1 else batch.take(pa.array(rows))
            cluster_ids = pa.array(clusters.ravel().astype(np.int32))
            yield repeated.append_column("cluster_id", cluster_ids)

    return assign

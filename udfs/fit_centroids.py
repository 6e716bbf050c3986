"""k-means in one task."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from realsyn_lib.embeddings import CENTROID_TYPE, binary_of, vectors_of
from realsyn_lib.retrieval.kmeans import fit_centroids

CENTROIDS_DDL = "cluster_id int, centroid binary"


def fit_centroids_of(k: int, seed: int, iterations: int) -> Callable[[pa.Table], pa.Table]:
    """Return a ``groupBy().applyInArrow`` function: (id, embedding) -> ``CENTROIDS_DDL``.

    The whole group is in memory as float32. ``centroid`` is float32 little-endian.
    """

    def fit(rows: pa.Table) -> pa.Table:
        vectors, ids = vectors_of(rows["embedding"]), rows["id"].to_numpy()
        centroids = fit_centroids(vectors, ids, k, seed, iterations)
        cluster_ids = pa.array(np.arange(len(centroids), dtype=np.int32))
        return pa.table(
            [cluster_ids, binary_of(centroids, CENTROID_TYPE)], ["cluster_id", "centroid"]
        )

    return fit

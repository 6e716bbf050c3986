"""k-means in one task."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from realsyn_lib.embeddings import CENTROID_TYPE, Vectors, binary_of, vectors_of
from realsyn_lib.retrieval.kmeans import fit_centroids

CENTROIDS_DDL = "cluster_id int, centroid binary"
CELLS_DDL = "group int, cell int, centroid binary"


def fit_centroids_of(k: int, seed: int, iterations: int) -> Callable[[pa.Table], pa.Table]:
    """Return a ``groupBy().applyInArrow`` function: (id, embedding) -> ``CENTROIDS_DDL``.

    The whole group is in memory as float32. ``centroid`` is float32 little-endian.
    """

    def fit(rows: pa.Table) -> pa.Table:
        return _table(_fitted(rows, k, seed, iterations), "cluster_id")

    return fit


def fit_cells_of(rows_per_cell: int, seed: int, iterations: int) -> Callable[[pa.Table], pa.Table]:
    """Return a ``groupBy("group").applyInArrow`` function: (group, id, embedding) -> ``CELLS_DDL``.

    A group gets a cell for each ``rows_per_cell`` of its rows, at least one.
    """

    def fit(rows: pa.Table) -> pa.Table:
        k = max(1, round(rows.num_rows / rows_per_cell))
        found = _table(_fitted(rows, k, seed, iterations), "cell")
        group = pa.array(np.full(found.num_rows, rows["group"][0].as_py(), np.int32))
        return found.add_column(0, "group", group)

    return fit


def _fitted(rows: pa.Table, k: int, seed: int, iterations: int) -> Vectors:
    vectors, ids = vectors_of(rows["embedding"]), rows["id"].to_numpy()
    return fit_centroids(vectors, ids, k, seed, iterations)


def _table(centroids: Vectors, number: str) -> pa.Table:
    numbers = pa.array(np.arange(len(centroids), dtype=np.int32))
    return pa.table([numbers, binary_of(centroids, CENTROID_TYPE)], [number, "centroid"])

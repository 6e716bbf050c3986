"""k-means in one task, and the rounds in which the groups of a hierarchical one meet again."""

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa

from realsyn_lib.embeddings import CENTROID_TYPE, Vectors, binary_of, vectors_of
from realsyn_lib.retrieval.kmeans import fit_centroids, refit_centroids
from realsyn_lib.retrieval.levels import LevelIndex
from udfs.device import search_on_device
from udfs.mapped_index import mapped
from udfs.nearest_cluster import ArrowMap, with_probes

CENTROIDS_DDL = "cluster_id int, centroid binary"
CELLS_DDL = "group int, cell int, centroid binary"
IN_GROUPS_DDL = "id bigint, embedding binary, cell int, group int"


def fit_centroids_of(k: int, seed: int, iterations: int) -> Callable[[pa.Table], pa.Table]:
    """Return a ``groupBy().applyInArrow`` function: (id, embedding) -> ``CENTROIDS_DDL``.

    The whole group is in memory as float32. ``centroid`` is float32 little-endian.
    """

    def fit(rows: pa.Table) -> pa.Table:
        return _table(_fitted(rows, k, seed, iterations), "cluster_id")

    return fit


def fit_cells_of(
    rows_per_cell: float, seed: int, iterations: int
) -> Callable[[pa.Table], pa.Table]:
    """Return a ``groupBy("group").applyInArrow`` function: (group, id, embedding) -> ``CELLS_DDL``.

    A group gets a cell for each ``rows_per_cell`` of its rows, at least one.
    """

    def fit(rows: pa.Table) -> pa.Table:
        k = max(1, round(rows.num_rows / rows_per_cell))
        return _cells(_fitted(rows, k, seed, iterations), rows["group"][0].as_py())

    return fit


def place_in_groups(index: LevelIndex, beam: int) -> ArrowMap:
    """Return a ``mapInArrow`` function: (id, embedding) -> ``IN_GROUPS_DDL``.

    ``cell`` is the nearest row of the cells, wherever it lies, ``group`` its group.
    """

    def place(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch, near in with_probes(batches, index, beam, 1):
            cells = near[:, 0]
            groups = np.searchsorted(index.starts, cells, side="right") - 1
            columns = {name: pa.array(own.astype(np.int32)) for name, own in
                       (("cell", cells), ("group", groups))}  # fmt: skip
            for name, own in columns.items():
                batch = batch.append_column(name, own)
            yield batch

    return place


def refit_cells_of(index: LevelIndex) -> Callable[[pa.Table], pa.Table]:
    """Return a ``groupBy("group").applyInArrow`` function: ``IN_GROUPS_DDL`` -> ``CELLS_DDL``."""

    def refit(rows: pa.Table) -> pa.Table:
        levels, group = mapped(index), rows["group"][0].as_py()
        first, end = levels.starts[group : group + 2]
        cells = refit_centroids(
            vectors_of(rows["embedding"]),
            rows["id"].to_numpy(),
            rows["cell"].to_numpy().astype(np.int64) - first,
            levels.cells[first:end],
        )
        return _cells(cells, group)

    return refit


def _fitted(rows: pa.Table, k: int, seed: int, iterations: int) -> Vectors:
    search_on_device()
    vectors, ids = vectors_of(rows["embedding"]), rows["id"].to_numpy()
    return fit_centroids(vectors, ids, k, seed, iterations)


def _cells(centroids: Vectors, group: int) -> pa.Table:
    found = _table(centroids, "cell")
    return found.add_column(0, "group", pa.array(np.full(found.num_rows, group, np.int32)))


def _table(centroids: Vectors, number: str) -> pa.Table:
    numbers = pa.array(np.arange(len(centroids), dtype=np.int32))
    return pa.table([numbers, binary_of(centroids, CENTROID_TYPE)], [number, "centroid"])

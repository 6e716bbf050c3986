"""Near pairs of vectors inside the clusters of a block."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from realsyn_lib.dedup.near_vectors import near_vectors
from realsyn_lib.embeddings import vectors_of

EDGES_SCHEMA = pa.schema([("src", pa.int64()), ("dst", pa.int64())])


def near_pairs_in_block(
    max_distance: float, block_bytes: int = 64 * 2**20
) -> Callable[[pa.Table], pa.Table]:
    """Return a ``groupBy(block).applyInArrow`` function: rows of clusters -> ``EDGES_DDL``.

    Expects cluster_id int, id bigint, embedding binary (float16, unit norm); a block is one
    cluster or many. One cluster's vectors are in memory as float32, and ``block_bytes`` more.
    """

    def link(rows: pa.Table) -> pa.Table:
        clusters = rows["cluster_id"].to_numpy()
        order = np.argsort(clusters, kind="stable")
        bounds = np.flatnonzero(np.diff(clusters[order])) + 1
        edges = [
            _edges(rows.take(pa.array(own)), max_distance, block_bytes)
            for own in np.split(order, bounds)
            if len(own) > 1
        ]
        return pa.concat_tables([EDGES_SCHEMA.empty_table(), *edges])

    return link


def _edges(rows: pa.Table, max_distance: float, block_bytes: int) -> pa.Table:
    vectors = vectors_of(rows["embedding"])
    src, dst = near_vectors(vectors, rows["id"].to_numpy(), max_distance, block_bytes)
    return pa.table({"src": src, "dst": dst}, schema=EDGES_SCHEMA)

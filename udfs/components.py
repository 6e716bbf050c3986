"""Union-find over edges: forests inside partitions, and components."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from realsyn_lib.dedup.components import forest
from realsyn_lib.dedup.stars import hang
from realsyn_lib.embeddings import Ids

EDGES_DDL = "src bigint, dst bigint"
LABELS_DDL = "id bigint, component_id bigint"
HUNG_DDL = f"{EDGES_DDL}, is_open boolean"
_NODE_EDGE = ("node", "src", "dst")
Batches = Iterator[pa.RecordBatch]


def edge_batch(edges: tuple[Ids, Ids]) -> pa.RecordBatch:
    """Return (src, dst), int64 each, as rows of ``EDGES_DDL``."""
    return pa.RecordBatch.from_arrays([pa.array(ends) for ends in edges], names=["src", "dst"])


def reduce_edges(batches: Batches) -> Batches:
    """Reduce a partition's edges (``EDGES_DDL``) to a forest; holds one edge for each id."""
    yield edge_batch(_forest(batches))


def label_components(batches: Batches) -> Batches:
    """Label all ids of a partition's edges (``EDGES_DDL``): ``LABELS_DDL``."""
    src, root = _forest(batches)  # all other ids of a component, and its smallest
    roots = np.unique(root)
    columns = [np.concatenate([src, roots]), np.concatenate([root, roots])]
    yield pa.RecordBatch.from_arrays([*map(pa.array, columns)], names=["id", "component_id"])


def hang_neighbours(batches: Batches) -> Batches:
    """Do a star step for the nodes of a partition: (node, src, dst bigint) -> ``HUNG_DDL``."""
    rows = pa.Table.from_batches(batches, pa.schema([(n, pa.int64()) for n in _NODE_EDGE]))
    found = hang(*(rows[name].to_numpy() for name in _NODE_EDGE))
    columns = [pa.array(column) for column in (found.src, found.dst, found.is_open)]
    yield pa.RecordBatch.from_arrays(columns, names=["src", "dst", "is_open"])


def _forest(batches: Batches) -> tuple[Ids, Ids]:
    return forest((batch["src"].to_numpy(), batch["dst"].to_numpy()) for batch in batches)

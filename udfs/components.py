"""Union-find over edges: forests inside partitions, components, representatives."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from realsyn_lib.dedup.components import connected_components, star_edges
from realsyn_lib.dedup.stars import hang
from realsyn_lib.dedup.survivors import representatives
from realsyn_lib.embeddings import Ids, vectors_of

EDGES_DDL = "src bigint, dst bigint"
LABELS_DDL = "id bigint, component_id bigint"
HUNG_DDL = f"{EDGES_DDL}, is_open boolean"
_HELD_EDGES = 2**20  # edges gathered before they are reduced
Batches = Iterator[pa.RecordBatch]


def reduce_edges(batches: Batches) -> Batches:
    """Reduce a partition's edges (``EDGES_DDL``) to a forest; holds one edge for each id."""
    src, dst = _forest(batches)
    yield pa.RecordBatch.from_arrays([pa.array(src), pa.array(dst)], names=["src", "dst"])


def label_components(batches: Batches) -> Batches:
    """Label all ids of a partition's edges (``EDGES_DDL``): ``LABELS_DDL``."""
    found = connected_components(*_forest(batches))
    yield pa.RecordBatch.from_arrays(
        [pa.array(found.ids), pa.array(found.component_ids)], names=["id", "component_id"]
    )


def hang_neighbours(batches: Batches) -> Batches:
    """Do a star step for the nodes of a partition: (node, src, dst bigint) -> ``HUNG_DDL``."""
    rows = pa.Table.from_batches(batches, pa.schema([(n, pa.int64()) for n in _NODE_EDGE]))
    found = hang(*(rows[name].to_numpy() for name in _NODE_EDGE))
    columns = [pa.array(column) for column in (found.src, found.dst, found.is_open)]
    yield pa.RecordBatch.from_arrays(columns, names=["src", "dst", "is_open"])


_NODE_EDGE = ("node", "src", "dst")


def choose_representatives(members: pa.Table) -> pa.Table:
    """Choose for one component (component_id, id, embedding) the member nearest to its centroid."""
    component_ids, chosen = representatives(
        members["component_id"].to_numpy(),
        members["id"].to_numpy(),
        vectors_of(members["embedding"]),
    )
    return pa.table({"component_id": component_ids, "representative_id": chosen})


def _forest(batches: Batches) -> tuple[Ids, Ids]:
    """Return the forest of all edges.

    It is made anew once as many edges wait as it has itself, so that each is looked at a few
    times however small the batches are.
    """
    src = dst = np.empty(0, dtype=np.int64)
    waiting: list[pa.RecordBatch] = []
    held = 0
    for batch in batches:
        waiting.append(batch)
        held += batch.num_rows
        if held >= max(_HELD_EDGES, len(src)):
            src, dst = star_edges(*_with(waiting, src, dst))
            waiting, held = [], 0
    return star_edges(*_with(waiting, src, dst))


def _with(batches: list[pa.RecordBatch], src: Ids, dst: Ids) -> tuple[Ids, Ids]:
    return (
        np.concatenate([src, *(batch["src"].to_numpy() for batch in batches)]),
        np.concatenate([dst, *(batch["dst"].to_numpy() for batch in batches)]),
    )

"""Union-find over edges: forests inside partitions, components, representatives."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from realsyn_lib.dedup.components import connected_components, star_edges
from realsyn_lib.dedup.survivors import representatives
from realsyn_lib.embeddings import vectors_of


def reduce_edges(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Reduce a partition's edges (src, dst bigint) to a forest; holds one edge for each id."""
    src = dst = np.empty(0, dtype=np.int64)
    for batch in batches:
        src, dst = star_edges(*_with(batch, src, dst))
    yield pa.RecordBatch.from_arrays([pa.array(src), pa.array(dst)], names=["src", "dst"])


def label_components(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Label all ids of the edges (src, dst bigint): id, component_id bigint."""
    src = dst = np.empty(0, dtype=np.int64)
    for batch in batches:
        src, dst = star_edges(*_with(batch, src, dst))
    found = connected_components(src, dst)
    yield pa.RecordBatch.from_arrays(
        [pa.array(found.ids), pa.array(found.component_ids)], names=["id", "component_id"]
    )


def choose_representatives(members: pa.Table) -> pa.Table:
    """Choose for one component (component_id, id, embedding) the member nearest to its centroid."""
    component_ids, chosen = representatives(
        members["component_id"].to_numpy(),
        members["id"].to_numpy(),
        vectors_of(members["embedding"]),
    )
    return pa.table({"component_id": component_ids, "representative_id": chosen})


def _with(batch: pa.RecordBatch, src: np.ndarray, dst: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return (
        np.concatenate([src, batch["src"].to_numpy()]),
        np.concatenate([dst, batch["dst"].to_numpy()]),
    )

"""Union-find over edges: forests inside partitions, and components."""

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa

from realsyn_lib.dedup.components import forest
from realsyn_lib.dedup.contraction import Led, choose_leaders, edges_of_leaders
from realsyn_lib.embeddings import Ids

EDGES_DDL = "src bigint, dst bigint"
LABELS_DDL = "id bigint, component_id bigint"
LED_DDL = "node bigint, leader bigint, is_own boolean"
_LED = ("node", "leader", "is_own")
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


def lead(seed: int) -> Callable[[Batches], Batches]:
    """Return a ``mapInArrow`` function that chooses leaders: (node, other bigint) -> ``LED_DDL``.

    Expects all edges of a node in one partition, which is held.
    """

    def choose(batches: Batches) -> Batches:
        held = list(batches)
        if held:
            node, other = _columns(held, ("node", "other"))
            found = choose_leaders(node, other, seed)
            columns = [pa.array(column) for column in (found.node, found.leader, found.is_own)]
            yield pa.RecordBatch.from_arrays(columns, names=_LED)

    return choose


def contract(batches: Batches) -> Batches:
    """Return the edges between leaders: ``LED_DDL``, all rows of a node in one partition -> ``EDGES_DDL``."""
    held = list(batches)
    if held:
        node, leader, is_own = _columns(held, _LED)
        yield edge_batch(edges_of_leaders(Led(node, leader, is_own)))


def _columns(batches: list[pa.RecordBatch], names: tuple[str, ...]) -> Iterator[np.ndarray]:
    """Return whole columns; that they may hold null differs from plan to plan."""
    for name in names:
        yield np.concatenate([batch[name].to_numpy(zero_copy_only=False) for batch in batches])


def _forest(batches: Batches) -> tuple[Ids, Ids]:
    return forest((batch["src"].to_numpy(), batch["dst"].to_numpy()) for batch in batches)

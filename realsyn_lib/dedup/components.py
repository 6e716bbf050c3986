"""Connected components of an edge list, by hooking and pointer jumping over whole arrays."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from realsyn_lib.embeddings import Ids
from realsyn_lib.errors import ShapeError

_HELD_EDGES = 2**23  # edges gathered before they are reduced: about 1 GB while that lasts


@dataclass(frozen=True)
class Components:
    """Each id that has an edge, ascending, and the smallest id of its component."""

    ids: Ids
    component_ids: Ids


def connected_components(src: Ids, dst: Ids) -> Components:
    """Return the component of every id in an undirected edge list.

    O((n + m) log n) at worst: each round at least halves the components that still have an edge
    to another one, and a round costs a few passes over the arrays.

    Args:
        src: (m,) int64 ids; self-loops and repeated edges are allowed.
        dst: (m,) int64 ids, the other ends.

    Returns:
        Ids and their component ids, both (n,) int64.

    Raises:
        ShapeError: ``src`` and ``dst`` differ in length.
    """
    if src.shape != dst.shape:
        raise ShapeError(f"connected_components: {src.shape} sources, {dst.shape} targets")
    ids, rows = np.unique(np.concatenate([src, dst]), return_inverse=True)
    labels = component_labels(len(ids), rows[: len(src)], rows[len(src) :])
    return Components(ids, ids[labels])


def component_labels(count: int, left: Ids, right: Ids) -> Ids:
    """Return the smallest row of the component of each of ``count`` rows.

    Args:
        count: rows; those without an edge are components of their own.
        left: (m,) int64 row numbers, one end of each edge.
        right: (m,) int64 row numbers, the other end.

    Returns:
        (count,) int64.
    """
    parent = np.arange(count, dtype=np.int64)
    while True:
        open_edge = left != right
        left, right = left[open_edge], right[open_edge]
        if left.size == 0:
            break
        _hook(parent, np.minimum(left, right), np.maximum(left, right))
        _jump(parent)
        left, right = parent[left], parent[right]
    smallest = np.full(count, count, dtype=np.int64)
    np.minimum.at(smallest, parent, np.arange(count))
    return smallest[parent]


def star_edges(src: Ids, dst: Ids) -> tuple[Ids, Ids]:
    """Return at most n - 1 edges with the same components: each id to its component's smallest.

    ``src`` and ``dst`` are (m,) int64 each, so are the two results, of fewer rows.

    Partitions reduce their edges so before they are shuffled, and again after.
    """
    found = connected_components(src, dst)
    moved = found.ids != found.component_ids
    return found.ids[moved], found.component_ids[moved]


def forest(parts: Iterable[tuple[Ids, Ids]]) -> tuple[Ids, Ids]:
    """Return the ``star_edges`` of edges that come part by part, (src, dst) of int64 each.

    They are reduced once as many wait as the forest has itself, so that each edge is looked at a
    few times however small the parts are; at most that many and one part are held.
    """
    sources, targets, held, kept = [np.empty(0, np.int64)], [np.empty(0, np.int64)], 0, 0
    for src, dst in parts:
        sources.append(src)
        targets.append(dst)
        held += len(src)
        if held >= max(_HELD_EDGES, kept):
            src, dst = star_edges(np.concatenate(sources), np.concatenate(targets))
            sources, targets, held, kept = [src], [dst], 0, len(src)
    return star_edges(np.concatenate(sources), np.concatenate(targets))


def _hook(parent: Ids, low: Ids, high: Ids) -> None:
    """Hang roots under a neighbouring root, all downwards or all upwards.

    A root with an edge is the larger end of one or the smaller end of one, so at least half of
    them move in the better direction; one direction at a time cannot make a cycle.
    """
    is_high, is_low = np.zeros(len(parent), bool), np.zeros(len(parent), bool)
    is_high[high], is_low[low] = True, True
    if is_high.sum() >= is_low.sum():
        np.minimum.at(parent, high, low)
    else:
        np.maximum.at(parent, low, high)


def _jump(parent: Ids) -> None:
    """Point every row at its root."""
    while True:
        further = parent[parent]
        if np.array_equal(further, parent):
            return
        parent[:] = further

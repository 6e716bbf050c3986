"""One step of large-star, small-star: every neighbour of a node hangs on its smallest one.

Kiveris et al., Connected Components in MapReduce and Beyond (2014).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from realsyn_lib.embeddings import Ids


@dataclass(frozen=True)
class Hung:
    """Edges after a step, (m,) each; ``is_open`` where the step had anything to do."""

    src: Ids
    dst: Ids
    is_open: npt.NDArray[np.bool_]


def hang(node: Ids, src: Ids, dst: Ids) -> Hung:
    """Hang the neighbours of some nodes on the smallest neighbour of each, or on the node itself.

    The components stay as they are. Where no edge comes back open, for all nodes of a graph,
    each id has one edge, to the smallest id of its component.

    Args:
        node: (n,) int64, one end of each edge: the node that is looked at. All edges of a node.
        src: (n,) int64, the larger end.
        dst: (n,) int64, the smaller end.

    Returns:
        Each edge from where its node is the smaller end, and an edge for each further smaller
        neighbour of a node; distinct.
    """
    is_src = node == src
    other = np.where(is_src, dst, src)
    nodes, rows = np.unique(node, return_inverse=True)
    smallest = nodes.copy()
    np.minimum.at(smallest, rows, other)
    target = smallest[rows]
    is_split = is_src & (dst != target)
    keep = ~is_src | is_split
    return _distinct(other[keep], target[keep], (is_split | (target != node))[keep])


def _distinct(src: Ids, dst: Ids, is_open: npt.NDArray[np.bool_]) -> Hung:
    order = np.lexsort((is_open, dst, src))
    src, dst, is_open = src[order], dst[order], is_open[order]
    first = np.ones(len(src), bool)
    first[:-1] = (src[1:] != src[:-1]) | (dst[1:] != dst[:-1])  # of equals the open one, if any
    return Hung(src[first], dst[first], is_open[first])

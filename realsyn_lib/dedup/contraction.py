"""One step of graph contraction: every node follows a leader among itself and its neighbours.

Leaders are drawn: a node follows the one with the least pseudo-random number, so that about half of the
nodes of any graph with edges lead none and vanish, chains and stars included. What is left is the graph
of leaders, whose components are those of before.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from realsyn_lib.dedup.components import star_edges
from realsyn_lib.embeddings import Ids
from realsyn_lib.equal_runs import run_starts
from realsyn_lib.hashing import xxhash64_rows


@dataclass(frozen=True)
class Led:
    """Rows of nodes and leaders, (m,) each: the node's own, or that of a neighbour of it."""

    node: Ids
    leader: Ids
    is_own: npt.NDArray[np.bool_]


def choose_leaders(node: Ids, other: Ids, seed: int) -> Led:
    """Choose the leaders of some nodes, and tell half of their neighbours.

    Args:
        node: (m,) int64, one end of each edge, both ends in turn: all edges of a node.
        other: (m,) int64, the other end.
        seed: of what is drawn; another one in each step.

    Returns:
        A row for each node, and one for each edge whose other end is the smaller: of that end,
        with the leader of this one.
    """
    order = np.argsort(node, kind="stable")
    node, other = node[order], other[order]
    starts = run_starts(node)
    nodes, run = node[starts], np.repeat(np.arange(len(starts)), np.diff(starts, append=len(node)))
    drawn, own = xxhash64_rows(seed, other), xxhash64_rows(seed, nodes)
    least = np.minimum(own, np.minimum.reduceat(drawn, starts))
    leaders, is_least = nodes.copy(), drawn == least[run]
    leaders[run[is_least]] = other[is_least]  # equal hashes are equal ids
    told = other < node
    return Led(
        np.concatenate([nodes, other[told]]),
        np.concatenate([leaders, leaders[run[told]]]),
        np.arange(len(nodes) + int(told.sum())) < len(nodes),
    )


def edges_of_leaders(led: Led) -> tuple[Ids, Ids]:
    """Return the edges between leaders as a forest, (src, dst) of int64.

    ``led``: all rows of some nodes.
    """
    order = np.lexsort((~led.is_own, led.node))
    node, leader = led.node[order], led.leader[order]
    starts = run_starts(node)
    own = np.repeat(leader[starts], np.diff(starts, append=len(node)))
    return star_edges(own[own != leader], leader[own != leader])

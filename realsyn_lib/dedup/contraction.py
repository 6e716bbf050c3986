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
from realsyn_lib.hashing import Unsigned

_ODD = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F)
_INVERSE = tuple(pow(odd, -1, 2**64) for odd in _ODD)
_HALF = np.uint64(32)


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
    starts = _starts(node)
    nodes = node[starts]
    drawn = np.minimum(_drawn(nodes, seed), np.minimum.reduceat(_drawn(other, seed), starts))
    leaders = _of_drawn(drawn, seed)
    told = other < node
    leader_of_row = np.repeat(leaders, np.diff(np.append(starts, len(node))))
    return Led(
        np.concatenate([nodes, other[told]]),
        np.concatenate([leaders, leader_of_row[told]]),
        np.arange(len(nodes) + int(told.sum())) < len(nodes),
    )


def edges_of_leaders(led: Led) -> tuple[Ids, Ids]:
    """Return the edges between leaders as a forest, (src, dst) of int64.

    ``led``: all rows of some nodes.
    """
    order = np.lexsort((~led.is_own, led.node))
    node, leader = led.node[order], led.leader[order]
    starts = _starts(node)
    own = np.repeat(leader[starts], np.diff(np.append(starts, len(node))))
    return star_edges(own[own != leader], leader[own != leader])


def _starts(node: Ids) -> Ids:
    return np.flatnonzero(np.r_[True, node[1:] != node[:-1]][: len(node)])


def _drawn(ids: Ids, seed: int) -> Unsigned:
    """Return a number for each id, different for different ids, in an order of the seed's own."""
    drawn = ids.view(np.uint64) ^ _key(seed)
    for odd in _ODD:
        drawn = drawn * np.uint64(odd)
        drawn ^= drawn >> _HALF
    return drawn


def _of_drawn(drawn: Unsigned, seed: int) -> Ids:
    """Return the ids that the numbers were drawn for: each step of the draw is undone."""
    ids = drawn
    for inverse in reversed(_INVERSE):
        ids = (ids ^ (ids >> _HALF)) * np.uint64(inverse)
    return (ids ^ _key(seed)).view(np.int64)


def _key(seed: int) -> np.uint64:
    return np.uint64((seed + 1) * _ODD[0] % 2**64)

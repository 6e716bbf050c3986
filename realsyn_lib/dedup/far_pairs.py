"""Near pairs of hashes told apart: those that chance cannot explain, and those that need a witness."""

from collections.abc import Iterable

import numpy as np

from realsyn_lib.dedup.bands import Hashes
from realsyn_lib.dedup.components import connected_components, forest
from realsyn_lib.dedup.near_hashes import Rows
from realsyn_lib.embeddings import Ids

Edges = tuple[Ids, Ids]


def near_and_far(
    hashes: Hashes, ids: Ids, pairs: Iterable[tuple[Rows, Rows]], safe_distance: int
) -> tuple[Edges, Edges]:
    """Tell pairs within a safe distance from those beyond it.

    Args:
        hashes: (n,) uint64.
        ids: (n,) int64, the id of each hash.
        pairs: blocks of row numbers (left, right), (m,) int64 each, as ``near_in_band`` yields them.
        safe_distance: most differing bits of a pair that counts by its hashes alone.

    Returns:
        near: (src, dst) ids, a forest with the components of the pairs within the distance.
        far: (src, dst) ids of the pairs beyond it whose ends that forest does not join. They are
        held until the forest is whole: 16 bytes a pair.
    """
    sources, targets = [np.empty(0, np.int64)], [np.empty(0, np.int64)]

    def near() -> Iterable[Edges]:
        for left, right in pairs:
            is_far = np.bitwise_count(hashes[left] ^ hashes[right]) > safe_distance
            sources.append(ids[left[is_far]])
            targets.append(ids[right[is_far]])
            yield ids[left[~is_far]], ids[right[~is_far]]

    joined = forest(near())
    src, dst = np.concatenate(sources), np.concatenate(targets)
    found = connected_components(*joined)
    is_open = _labels(found.ids, found.component_ids, src) != _labels(
        found.ids, found.component_ids, dst
    )
    return joined, (src[is_open], dst[is_open])


def _labels(ids: Ids, component_ids: Ids, wanted: Ids) -> Ids:
    """Return the component of each wanted id; an id without an edge is its own."""
    if len(ids) == 0:
        return wanted
    place = np.minimum(np.searchsorted(ids, wanted), len(ids) - 1)
    return np.where(ids[place] == wanted, component_ids[place], wanted)

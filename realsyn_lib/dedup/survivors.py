"""Which member of a component is kept: the one nearest to the component's centroid."""

import numpy as np

from realsyn_lib.embeddings import Ids, Vectors, dot_rows, unit_rows
from realsyn_lib.errors import ShapeError

COSINE_DECIMALS = 6


def representatives(component_ids: Ids, member_ids: Ids, vectors: Vectors) -> tuple[Ids, Ids]:
    """Choose the representative of each component.

    The centroid is the mean of the members' unit vectors; cosines are compared after rounding to
    ``COSINE_DECIMALS``, the smaller id wins a tie (a pair is always a tie).

    Args:
        component_ids: (n,) int64, component of each member.
        member_ids: (n,) int64.
        vectors: (n, width) float32 of unit L2 norm.

    Returns:
        Component ids ascending and the representative of each, both int64.

    Raises:
        ShapeError: the lengths differ.

    Source: nearest to the centroid is DanQing's rule (arXiv 2601.10305); RealSyn names none.
    """
    if not len(component_ids) == len(member_ids) == len(vectors):
        raise ShapeError(
            f"representatives: {len(component_ids)} components, {len(member_ids)} members, "
            f"{len(vectors)} vectors, expected as many of each"
        )
    if len(member_ids) == 0:
        return component_ids.astype(np.int64), member_ids.astype(np.int64)
    order = np.lexsort((member_ids, component_ids))
    components, members, rows = component_ids[order], member_ids[order], vectors[order]
    first = np.r_[True, components[1:] != components[:-1]]
    starts, segment = np.flatnonzero(first), np.cumsum(first) - 1
    centroids = np.add.reduceat(rows, starts, axis=0, dtype=np.float64)
    cosines = np.round(dot_rows(rows, unit_rows(centroids)[segment]), COSINE_DECIMALS)
    best = np.lexsort((members, -cosines, components))[starts]
    return components[starts], members[best]

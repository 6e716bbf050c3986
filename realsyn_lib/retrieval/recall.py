"""How much of the exact answer an approximate search found."""

from realsyn_lib.embeddings import Ids
from realsyn_lib.errors import ShapeError


def recall_at_k(found: Ids, exact: Ids) -> float:
    """Return the mean share of the exact answers that were found.

    Args:
        found: (n, any) int64 ids; negative ones are no answer.
        exact: (n, k) int64 ids; negative ones are no answer and are not counted.

    Returns:
        0..1; 1 where there is nothing to find.

    Raises:
        ShapeError: the numbers of queries differ.
    """
    if len(found) != len(exact):
        raise ShapeError(f"recall_at_k: {len(found)} rows found, {len(exact)} exact")
    wanted = exact >= 0
    hits = (exact[:, :, None] == found[:, None, :]).any(axis=2) & wanted
    return float(hits.sum() / wanted.sum()) if wanted.any() else 1.0

"""All pairs of rows that share a key."""

import numpy as np
import numpy.typing as npt


def pairs_in_groups(keys: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return every pair of rows with equal keys.

    A group of g rows gives g * (g - 1) / 2 pairs: bound the groups before.

    Args:
        keys: (n,) int64.

    Returns:
        (pairs, 2) int64 row numbers, the smaller first.
    """
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])[: len(keys)]
    ends = np.r_[starts, len(keys)][1:]
    end_of_row = np.repeat(ends, ends - starts)
    followers = end_of_row - np.arange(len(keys)) - 1
    left = np.repeat(np.arange(len(keys)), followers)
    first_of_run = np.cumsum(followers) - followers
    right = left + 1 + np.arange(len(left)) - first_of_run[left]
    return np.stack([order[left], order[right]], axis=1).astype(np.int64)

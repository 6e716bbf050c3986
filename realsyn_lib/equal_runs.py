"""Runs of equal values in an array that is in order."""

import numpy as np

from realsyn_lib.embeddings import Ids


def run_starts(values: Ids) -> Ids:
    """Return where runs of equal values begin, (r,) int64; ``values``: (n,) integers, equal ones adjacent."""
    return np.flatnonzero(np.r_[True, values[1:] != values[:-1]][: len(values)])

"""Runs of equal values in an array that is in order."""

import numpy as np

from realsyn_lib.embeddings import Ids


def run_starts(values: Ids) -> Ids:
    """Return where runs of equal values begin, (r,) int64; ``values``: (n,) integers, equal ones adjacent."""
    return np.flatnonzero(np.r_[True, values[1:] != values[:-1]][: len(values)])


def run_places(values: Ids) -> Ids:
    """Return the place of each value in its run, (n,) int64 from 0; ``values`` as in ``run_starts``."""
    starts = run_starts(values)
    return np.arange(len(values)) - np.repeat(starts, np.diff(starts, append=len(values)))

"""Means of figures over seeds and test pictures, with intervals."""

from dataclasses import dataclass

import numpy as np

_DRAWS = 2000
_LEVEL = 0.95


@dataclass(frozen=True)
class Estimate:
    """A mean, and the ends of its 95 % interval."""

    mean: float
    low: float
    high: float


def estimate(values: np.ndarray) -> Estimate:
    """Return the mean of (seeds, pictures) and a two-level bootstrap interval.

    Seeds are drawn anew, then pictures, the same ones for every seed: all runs see one test set.
    Differences of two arms are given as differences of their values, so that they are paired by
    seed and picture. With three seeds the interval tends to be too narrow; signs by seed tell more.
    """
    chance = np.random.default_rng(0)
    seeds, pictures = values.shape
    by_seed = chance.integers(seeds, size=(_DRAWS, seeds))
    weights = chance.multinomial(pictures, np.full(pictures, 1 / pictures), size=_DRAWS) / pictures
    means = np.take_along_axis(weights @ values.T, by_seed, axis=1).mean(axis=1)
    tail = (1 - _LEVEL) / 2
    low, high = np.quantile(means, (tail, 1 - tail))
    return Estimate(float(values.mean()), float(low), float(high))

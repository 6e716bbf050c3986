"""Exact near pairs of 64-bit hashes: band keys by pigeonhole, and how far is safe.

Two hashes that differ in at most d bits agree in full on at least ``blocks - d`` of ``blocks``
blocks of bits. One band for each choice of that many blocks finds every such pair.
"""

from dataclasses import dataclass
from functools import partial
from itertools import combinations, pairwise
from math import comb

import numpy as np
import numpy.typing as npt

from realsyn_lib.dedup.groups import pairs_in_groups
from realsyn_lib.errors import SettingError

BITS = 64
MAX_DISTANCE = 12
_ROW_COST = 10
_MAX_EXTRA_BLOCKS = 6


@dataclass(frozen=True)
class SafeDistance:
    """A distance and the neighbours that chance alone gives each hash within it."""

    distance: int
    chance_neighbours: float


def band_masks(distance: int, blocks: int | None = None) -> list[int]:
    """Return the bit masks whose bands together find every pair within ``distance``.

    Args:
        distance: most differing bits, 0..12.
        blocks: pieces of the 64 bits, above ``distance``; more pieces give more bands of more
            bits each (``comb(blocks, distance)`` bands), which pays off on many hashes.
            Default ``distance + 1``: the fewest bands.

    Raises:
        SettingError: a distance or a number of blocks out of range.
    """
    count = distance + 1 if blocks is None else blocks
    if not 0 <= distance <= MAX_DISTANCE or not distance < count <= BITS:
        raise SettingError(
            f"band_masks: distance {distance} with {count} blocks, expected a distance of 0 to "
            f"{MAX_DISTANCE} and more blocks than that"
        )
    edges = [BITS * block // count for block in range(count + 1)]
    masks = [(1 << high) - (1 << low) for low, high in pairwise(edges)]
    return [sum(chosen) for chosen in combinations(masks, count - distance)]


def blocks_for(hash_count: int, distance: int) -> int:
    """Return the blocks at which finding all near pairs of so many hashes costs least.

    Counted in compared pairs: each band writes a row for each hash (as dear as ``_ROW_COST``
    comparisons) and compares the hashes that share its narrowest mask by chance.
    """
    return min(
        range(distance + 1, distance + _MAX_EXTRA_BLOCKS + 1),
        key=partial(_cost, hash_count, distance),
    )


def _cost(hash_count: int, distance: int, blocks: int) -> float:
    bits = (BITS // blocks) * (blocks - distance)
    by_chance = hash_count / 2.0 ** (bits + 1)
    return comb(blocks, distance) * hash_count * (_ROW_COST + by_chance)


def bands_sql(column: str, distance: int, blocks: int | None = None) -> str:
    """Return a Spark SQL expression: array<struct<band_no:int,band:bigint>> of a bigint hash.

    Use: ``inline(<expression>)``, then join rows of equal (band_no, band) and keep the pairs that
    ``distance_sql`` confirms.
    """
    masks = [_signed(mask) for mask in band_masks(distance, blocks)]
    bands = (
        f"named_struct('band_no', {number}, 'band', {column} & {mask}L)"
        for number, mask in enumerate(masks)
    )
    return f"array({', '.join(bands)})"


def distance_sql(left: str, right: str) -> str:
    """Return the Spark SQL expression of the Hamming distance of two bigint hashes."""
    return f"bit_count({left} ^ {right})"


def safe_distance(hash_count: int, wanted: int, limit: float = 0.01) -> SafeDistance:
    """Return the largest distance up to ``wanted`` at which chance joins next to nothing.

    Args:
        hash_count: distinct hashes in the corpus.
        wanted: distance asked for, 0..12.
        limit: most neighbours of a hash that chance alone may give, were hashes random.

    Returns:
        The distance, at least 0, and its expected chance neighbours, ``hash_count * P(<= d)``.

    Raises:
        SettingError: ``wanted`` is out of range.
    """
    band_masks(wanted)
    distance = wanted
    while distance and chance_neighbours(hash_count, distance) > limit:
        distance -= 1
    return SafeDistance(distance, chance_neighbours(hash_count, distance))


def chance_neighbours(hash_count: int, distance: int) -> float:
    """Return how many of ``hash_count`` random 64-bit hashes lie within ``distance`` of one."""
    return hash_count * sum(comb(BITS, bits) for bits in range(distance + 1)) / 2.0**BITS


def near_hashes(
    hashes: npt.NDArray[np.int64], distance: int, blocks: int | None = None
) -> npt.NDArray[np.int64]:
    """Return every pair of rows whose hashes differ in at most ``distance`` bits.

    Args:
        hashes: (n,) int64, distinct (join equal ones first: they cost a group-by).
        distance: most differing bits, 0..12.
        blocks: as in ``band_masks``.

    Returns:
        (pairs, 2) int64 row numbers, smaller first, in ascending order, each pair once.
    """
    found = [
        _within(hashes, pairs_in_groups(hashes & np.int64(_signed(mask))), distance)
        for mask in band_masks(distance, blocks)
    ]
    return np.unique(np.concatenate(found), axis=0)


def _within(
    hashes: npt.NDArray[np.int64], pairs: npt.NDArray[np.int64], distance: int
) -> npt.NDArray[np.int64]:
    apart = np.bitwise_count((hashes[pairs[:, 0]] ^ hashes[pairs[:, 1]]).view(np.uint64))
    return pairs[apart <= distance]


def _signed(mask: int) -> int:
    return mask - (1 << BITS) if mask >> (BITS - 1) else mask

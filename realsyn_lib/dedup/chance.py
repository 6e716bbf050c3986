"""How many bits two 64-bit hashes may differ in before chance alone joins pictures."""

from dataclasses import dataclass
from math import comb

from realsyn_lib.dedup.bands import BITS, MAX_DISTANCE
from realsyn_lib.errors import SettingError


@dataclass(frozen=True)
class SafeDistance:
    """A distance and the neighbours that chance alone gives each hash within it."""

    distance: int
    chance_neighbours: float


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
    if not 0 <= wanted <= MAX_DISTANCE:
        raise SettingError(f"safe_distance: distance {wanted}, expected 0 to {MAX_DISTANCE}")
    distance = wanted
    while distance and chance_neighbours(hash_count, distance) > limit:
        distance -= 1
    return SafeDistance(distance, chance_neighbours(hash_count, distance))


def chance_neighbours(hash_count: int, distance: int) -> float:
    """Return how many of ``hash_count`` random 64-bit hashes lie within ``distance`` of one."""
    return hash_count * sum(comb(BITS, bits) for bits in range(distance + 1)) / 2.0**BITS

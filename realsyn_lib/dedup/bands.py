"""Bands of 64-bit hashes: which bits must agree for two hashes to be compared.

Two hashes that differ in at most d bits agree in full on at least ``blocks - d`` of ``blocks``
blocks of bits. One band for each choice of that many blocks meets every such pair.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import combinations, pairwise
from math import comb

import numpy as np
import numpy.typing as npt

from realsyn_lib.errors import SettingError

BITS = 64
MAX_DISTANCE = 12
ROW_COST = 20  # what a hash costs in a band, to be keyed and sorted, in comparisons of two hashes
_MAX_EXTRA_BLOCKS = 6

Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Bands:
    """All bands of a distance.

    ``blocks`` are bit positions, each in one block at most; a band takes ``len(blocks) - distance``
    of them, in the order of ``itertools.combinations``.
    """

    distance: int
    blocks: tuple[tuple[int, ...], ...]

    def __len__(self) -> int:
        return comb(len(self.blocks), self.distance)

    @cached_property
    def chosen(self) -> list[tuple[int, ...]]:
        """The numbers of the blocks of each band."""
        return list(combinations(range(len(self.blocks)), self._size))

    def positions(self, band: int) -> list[int]:
        """Return the bits that agree for two hashes that meet in a band."""
        return [bit for block in self.chosen[band] for bit in self.blocks[block]]

    def mask(self, band: int) -> int:
        """Return the same bits as one number."""
        return sum(1 << bit for bit in self.positions(band))

    def first_masks(self, differing: Hashes) -> Hashes:
        """Return the mask of the first band in which each of some pairs meets.

        Args:
            differing: (n,) uint64, the exclusive or of the two hashes.

        Returns:
            (n,) uint64; of a pair that meets in no band, a part of a mask.
        """
        masks, taken = np.zeros_like(differing), np.zeros(len(differing), np.uint8)
        for block in self.blocks:
            mask = np.uint64(sum(1 << bit for bit in block))
            taking = ((differing & mask) == 0) & (taken < self._size)
            masks[taking] |= mask
            taken += taking
        return masks

    @property
    def _size(self) -> int:
        return len(self.blocks) - self.distance


def bands_of(
    distance: int, blocks: int | None = None, positions: Sequence[int] = range(BITS)
) -> Bands:
    """Return the bands that meet every pair within ``distance``.

    Args:
        distance: most differing bits, 0..12.
        blocks: pieces of the bits, above ``distance``; more pieces give more bands of more bits
            each (``comb(blocks, distance)`` bands). Default ``distance + 1``: the fewest bands.
        positions: the bits to take, by default all.

    Raises:
        SettingError: a distance or a number of blocks out of range.
    """
    count = distance + 1 if blocks is None else blocks
    if not 0 <= distance <= MAX_DISTANCE or not distance < count <= len(positions):
        raise SettingError(
            f"bands_of: distance {distance} with {count} blocks, expected a distance of 0 to "
            f"{MAX_DISTANCE} and more blocks than that, up to one for each of {len(positions)} bits"
        )
    edges = [len(positions) * block // count for block in range(count + 1)]
    cut = (tuple(positions[low:high]) for low, high in pairwise(edges))
    return Bands(distance, tuple(cut))


def blocks_for(hash_count: int, distance: int, bits: int = BITS) -> int:
    """Return the blocks at which finding all near pairs of so many hashes costs least.

    Counted in comparisons: each band keys and sorts every hash (``ROW_COST``) and compares those
    that agree on its bits by chance.
    """
    most = min(distance + _MAX_EXTRA_BLOCKS, bits)
    return min(range(distance + 1, most + 1), key=partial(_cost, hash_count, distance, bits))


def cheaper_blocks(hash_count: int, distance: int, bits: int) -> int | None:
    """Return the best blocks of so many bits; None where comparing all pairs costs less."""
    if bits <= distance:
        return None
    blocks = blocks_for(hash_count, distance, bits)
    return blocks if _cost(hash_count, distance, bits, blocks) < hash_count**2 / 2 else None


def _cost(hash_count: int, distance: int, bits: int, blocks: int) -> float:
    agreeing = bits / blocks * (blocks - distance)
    by_chance: float = hash_count / 2.0 ** (agreeing + 1)
    return comb(blocks, distance) * hash_count * (ROW_COST + by_chance)

"""MinHash: band keys by which near texts meet, and bits that tell most strangers among them.

With b bands of r rows, a pair of Jaccard s shares at least one band with probability
1 - (1 - s**r)**b. Each MinHash also gives one bit, which differs with probability (1 - s) / 2.
"""

from dataclasses import dataclass
from math import ceil, comb, inf, log1p

import numpy as np
import numpy.typing as npt

from realsyn_lib.dedup.shingles import Shingles
from realsyn_lib.errors import SettingError
from realsyn_lib.hashing import Unsigned, mix

MOST_BITS = 64
_MOST_BANDS = 512
_BIT_RECALL = 0.99  # of pairs at the threshold that the bits let pass
_TEXTS_AT_ONCE = 8192  # their shingles stay in the inner cache of a core
_ODD = np.uint32(0x9E3779B1)
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_FINE = np.uint64(24)  # low bits of a key, of the next band: they order the rows of one band key


@dataclass(frozen=True)
class Banding:
    """How a signature is cut: ``bands`` keys of ``rows`` values each; ``seed`` of the hashes.

    ``max_apart``: bits in which two texts that meet may differ.
    """

    bands: int
    rows: int
    max_apart: int
    seed: int = 1

    @property
    def bits(self) -> int:
        """Bits of a text, one for each of the first MinHashes."""
        return min(MOST_BITS, self.bands * self.rows)

    def recall_at(self, similarity: float) -> float:
        """Return the share of pairs of that Jaccard index that become candidates.

        It takes the bits and the bands for independent, which they nearly are.
        """
        met = 1.0 - (1.0 - similarity**self.rows) ** self.bands
        return float(met * _at_most(self.max_apart, self.bits, (1.0 - similarity) / 2))


@dataclass(frozen=True)
class Sketches:
    """What is kept of n texts.

    Attributes:
        keys: (bands, n) uint64; texts meet in a band where all but the ``_FINE`` low bits agree.
        bits: (n,) uint64.
    """

    keys: Unsigned
    bits: Unsigned


def banding_for(threshold: float, min_recall: float, rows: int = 4, seed: int = 1) -> Banding:
    """Return the fewest bands that let pairs at ``threshold`` meet with ``min_recall``.

    Args:
        threshold: Jaccard index of the shingles of two texts, 0..1 exclusive.
        min_recall: least share of pairs exactly at the threshold that must meet, 0..1 exclusive.
        rows: values in a band; more make fewer false candidates and more bands.
        seed: of the hashes.

    Raises:
        SettingError: a value out of range, or more than 512 bands asked for.
    """
    if not (0 < threshold < 1 and 0 < min_recall < 1 and rows >= 1):
        raise SettingError(
            f"banding_for: threshold {threshold}, min_recall {min_recall}, rows {rows}; expected "
            "the first two between 0 and 1, rows at least 1"
        )
    share = threshold**rows
    wanted = log1p(-min_recall) / log1p(-share) if share > 0 else inf
    if wanted > _MOST_BANDS:
        raise SettingError(
            f"banding_for: threshold {threshold} and min_recall {min_recall} ask for {wanted:.0f} "
            f"MinHash bands, expected at most {_MOST_BANDS}; raise the first or lower the second"
        )
    bands = ceil(wanted)
    bits = min(MOST_BITS, bands * rows)
    apart = range(bits + 1)
    differs = (1.0 - threshold) / 2
    most = next(count for count in apart if _at_most(count, bits, differs) >= _BIT_RECALL)
    return Banding(bands, rows, most, seed)


def sketches(shingles: Shingles, banding: Banding) -> Sketches:
    """Return the band keys and bits of n texts, each of which has a shingle.

    A text's sketch depends on its own shingles and the banding alone. MinHashes are minima of
    linear permutations of 32 bits; time is some 20 ns a shingle for a hundred of them.

    Args:
        shingles: of n texts, none empty.
        banding: bands, rows, seed.
    """
    count = len(shingles.offsets) - 1
    folded = (shingles.hashes >> np.uint64(32)).astype(np.uint32)
    keys = np.empty((banding.bands, count), np.uint64)
    bits = np.zeros(count, np.uint64)
    for start in range(0, count, _TEXTS_AT_ONCE):
        end = min(start + _TEXTS_AT_ONCE, count)
        bounds = shingles.offsets[start : end + 1]
        own = folded[bounds[0] : bounds[-1]]
        keys[:, start:end], bits[start:end] = _sketched(own, bounds[:-1] - bounds[0], banding)
    return Sketches(keys, bits)


def band_of(keys: Unsigned) -> Unsigned:
    """Return the part of band keys by which texts meet."""
    return np.asarray(keys >> _FINE)


def _sketched(
    hashes: npt.NDArray[np.uint32], starts: npt.NDArray[np.int64], banding: Banding
) -> tuple[Unsigned, Unsigned]:
    keys = np.empty((banding.bands, len(starts)), np.uint64)
    bits = np.zeros(len(starts), np.uint64)
    factors, terms = _permutations(banding)
    moved = np.empty_like(hashes)
    for band in range(banding.bands):
        key = np.full(len(starts), band, np.uint64)
        for number in range(band * banding.rows, (band + 1) * banding.rows):
            np.multiply(hashes, factors[number], out=moved)
            np.add(moved, terms[number], out=moved)
            least = np.minimum.reduceat(moved, starts)
            key = (key ^ least) * _FACTOR
            key ^= key >> np.uint64(29)
            if number < banding.bits:
                bits |= ((least * _ODD) >> np.uint32(31)).astype(np.uint64) << np.uint64(number)
        keys[band] = mix(key)
    fine = np.roll(keys, -1, axis=0) >> np.uint64(64 - int(_FINE))
    return np.asarray((keys >> _FINE << _FINE) | fine), bits


def _permutations(banding: Banding) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    count = banding.bands * banding.rows
    start = np.uint64(banding.seed % 2**32) << np.uint64(32)
    mixed = mix(start + np.arange(1, 2 * count + 1, dtype=np.uint64) * _FACTOR)
    drawn = (mixed >> np.uint64(32)).astype(np.uint32)
    return np.asarray(drawn[:count] | np.uint32(1)), drawn[count:]


def _at_most(most: int, count: int, share: float) -> float:
    """Return the probability of at most so many of ``count`` events that each have ``share``."""
    return sum(comb(count, k) * share**k * (1 - share) ** (count - k) for k in range(most + 1))

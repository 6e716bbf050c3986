"""Near pairs of hashes of which at least one is new: the old ones are looked through, not sorted."""

import itertools
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from realsyn_lib.dedup.bands import Bands, Hashes
from realsyn_lib.dedup.near_hashes import Rows, near_in_band

_ODD = np.uint64(0x9E3779B97F4A7C15)
_FEWEST, _MOST = 12, 26  # bits of the map: 4 KiB to 64 MiB
_ROOM = 4  # bits more than the new hashes need: one old hash in 16 is asked in vain
_PAIRS_AT_ONCE = 2**20


def near_new_in_band(
    old: Hashes, new: Hashes, bands: Bands, band: int
) -> Iterator[tuple[Rows, Rows]]:
    """Yield the near pairs with a new end whose first common band is this one.

    An old hash costs a look into a map of bits, some nanoseconds, where ``near_in_band`` sorts it.

    Args:
        old: (n,) uint64, distinct.
        new: (m,) uint64, distinct.
        bands: made by ``bands_of``.
        band: number of the band, from 0.

    Yields:
        Row numbers of the two hashes of each pair, (pairs,) int64 each; those of new hashes are
        ``n`` and above.
    """
    for left, right in near_in_band(new, bands, band):
        yield len(old) + left, len(old) + right
    mask = np.uint64(bands.mask(band))
    for row, other in _meeting(old & mask, new & mask):
        differing = old[row] ^ new[other]
        near = np.flatnonzero(np.bitwise_count(differing) <= bands.distance)
        own = near[bands.first_masks(differing[near]) == mask]
        yield row[own], len(old) + other[own]


def _meeting(keys: Hashes, asked: Hashes) -> Iterator[tuple[Rows, Rows]]:
    """Yield the rows of equal key, (row of ``keys``, row of ``asked``), some at a time."""
    if len(asked) == 0:
        return
    order = np.argsort(asked, kind="stable")
    distinct, starts = np.unique(asked[order], return_index=True)
    counts = np.diff(np.append(starts, len(asked)))
    rows = np.flatnonzero(_seen(keys, distinct))
    place = np.minimum(np.searchsorted(distinct, keys[rows]), len(distinct) - 1)
    met = distinct[place] == keys[rows]
    rows, place = rows[met], place[met]
    for first, last in _chunks(counts[place]):
        some = place[first:last]
        copies = counts[some]
        ends = np.cumsum(copies)
        step = np.arange(ends[-1]) - np.repeat(ends - copies, copies)
        yield np.repeat(rows[first:last], copies), order[np.repeat(starts[some], copies) + step]


def _seen(keys: Hashes, asked: Hashes) -> npt.NDArray[np.bool_]:
    """Say which keys may be among those asked for: all that are, and a few that are not."""
    bits = min(max(len(asked).bit_length() + _ROOM, _FEWEST), _MOST)
    shift = np.uint64(64 - bits)
    seen = np.zeros(1 << bits, np.bool_)
    seen[(asked * _ODD) >> shift] = True
    return np.asarray(seen[(keys * _ODD) >> shift])


def _chunks(counts: Rows) -> Iterator[tuple[int, int]]:
    """Cut rows with so many partners each into runs of some ``_PAIRS_AT_ONCE`` pairs."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    cuts = np.searchsorted(ends, np.arange(_PAIRS_AT_ONCE, total, _PAIRS_AT_ONCE), side="right")
    bounds = np.unique(np.concatenate([[0], cuts, [len(counts)]])).tolist()
    yield from itertools.pairwise(bounds)

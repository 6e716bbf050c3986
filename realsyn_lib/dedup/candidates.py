"""Candidate pairs of one MinHash band: rows of one band key whose bits hardly differ."""

import numpy as np
import numpy.typing as npt

from realsyn_lib.dedup.minhash import band_of
from realsyn_lib.embeddings import Ids
from realsyn_lib.hashing import Unsigned

_WINDOW = 512  # rows behind it, of its own band key, that a row is compared with
_MOST_PARTNERS = 8  # candidates of a row in one band: neighbours of many chain to one another

Rows = npt.NDArray[np.int64]


def candidates(keys: Unsigned, bits: Unsigned, ids: Ids, max_apart: int) -> tuple[Ids, Ids]:
    """Return the candidate pairs of one band.

    Rows of equal key and bits are paired with the one of the smallest id. The others are compared
    with the rows behind them in the order of key and bits: all rows of a band key where it has
    few, so that the cost of a row is bounded where it has millions. A row never depends on more
    than the rows of its own band key.

    Args:
        keys: (n,) uint64 keys of one band.
        bits: (n,) uint64.
        ids: (n,) int64, distinct.
        max_apart: bits in which a pair may differ.

    Returns:
        src, dst: int64 ids, the smaller first.
    """
    met = _meeting(keys)
    met = met[np.lexsort((ids[met], bits[met], keys[met]))]
    keys, bits, ids = keys[met], bits[met], ids[met]
    is_twin = np.zeros(len(ids), bool)
    is_twin[1:] = (keys[1:] == keys[:-1]) & (bits[1:] == bits[:-1])
    first = np.maximum.accumulate(np.where(is_twin, 0, np.arange(len(ids))))
    single = np.flatnonzero(~is_twin)
    left, right = _near(band_of(keys[single]), bits[single], max_apart)
    one = np.concatenate([ids[first[is_twin]], ids[single[left]]])
    other = np.concatenate([ids[is_twin], ids[single[right]]])
    return np.minimum(one, other), np.maximum(one, other)


def candidate_changes(
    keys: Unsigned, bits: Unsigned, ids: Ids, is_new: npt.NDArray[np.bool_], max_apart: int
) -> tuple[Ids, Ids, npt.NDArray[np.int32]]:
    """Return how the candidate pairs of one band change by rows that are new.

    Crowded band keys bound what a row is compared with, so a new row may also end an old pair.

    Args:
        keys, bits, ids, max_apart: as in ``candidates``, of old and new rows. Of a band key that
            has new rows all old ones must be there.
        is_new: (n,) bool.

    Returns:
        src, dst: int64 ids, the smaller first; changes: int32, 1 for a pair that is a candidate
        now and was none, -1 for one that was and is none.
    """
    old = ~is_new
    now = candidates(keys, bits, ids, max_apart)
    before = candidates(keys[old], bits[old], ids[old], max_apart)
    src, dst = (np.concatenate(ends) for ends in zip(now, before, strict=True))
    signs = np.repeat(np.array([1, -1], np.int32), [len(now[0]), len(before[0])])
    order = np.lexsort((dst, src))
    src, dst = src[order], dst[order]
    starts = np.flatnonzero(np.r_[True, (src[1:] != src[:-1]) | (dst[1:] != dst[:-1])][: len(src)])
    changes = np.add.reduceat(signs[order], starts) if len(src) else signs
    changed = np.flatnonzero(changes)
    return src[starts][changed], dst[starts][changed], changes[changed].astype(np.int32)


def _meeting(keys: Unsigned) -> Rows:
    """Return the rows whose band key another row has."""
    order = np.argsort(keys)
    bands = band_of(keys[order])
    same = bands[1:] == bands[:-1]
    meets = np.zeros(len(keys), bool)
    meets[1:] = same
    meets[:-1] |= same
    return order[meets]


def _near(bands: Unsigned, bits: Unsigned, max_apart: int) -> tuple[Rows, Rows]:
    """Compare each row with the one ``shift`` places on, while that has the same band key."""
    is_last = np.ones(len(bands), bool)
    is_last[:-1] = bands[1:] != bands[:-1]
    stops = np.flatnonzero(is_last)
    end = stops[np.searchsorted(stops, np.arange(len(bands)))]
    partners = np.zeros(len(bands), np.int8)
    open_rows = np.arange(len(bands))
    lefts, rights = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for shift in range(1, _WINDOW + 1):
        open_rows = open_rows[open_rows + shift <= end[open_rows]]
        if len(open_rows) == 0:
            break
        apart = np.bitwise_count(bits[open_rows] ^ bits[open_rows + shift])
        left = open_rows[apart <= max_apart]
        lefts.append(left)
        rights.append(left + shift)
        partners[left] += 1
        open_rows = open_rows[partners[open_rows] < _MOST_PARTNERS]
    return np.concatenate(lefts), np.concatenate(rights)

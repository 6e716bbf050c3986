"""Which rows of a band share their band key with rows that are new."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from realsyn_lib.dedup.minhash import band_of
from realsyn_lib.hashing import Unsigned

_FEWEST, _MOST = 16, 26  # bits of the map: 64 KiB to 64 MiB, of which a row asks one byte
_ROOM = 5  # bits more than the keys need: one row in 32 is asked in vain


@dataclass(frozen=True)
class AskedKeys:
    """The band keys of new rows in one band.

    ``sorted``: (m,) uint64, distinct. ``seen``: (2**b,) bool, true where one begins with those bits.
    """

    sorted: Unsigned
    seen: npt.NDArray[np.bool_]

    def touched(self, keys: Unsigned) -> npt.NDArray[np.int64]:
        """Return the rows of (n,) uint64 keys whose band key is one of these.

        A row costs one look into the map, and those that it lets pass a binary search.
        """
        rows = np.flatnonzero(self.seen[_front(keys, len(self.seen))])
        wanted = band_of(keys[rows])
        place = np.minimum(np.searchsorted(self.sorted, wanted), len(self.sorted) - 1)
        return np.asarray(rows[self.sorted[place] == wanted])


def asked_keys(keys: Unsigned) -> AskedKeys:
    """Return the band keys among some keys of one band, (n,) uint64, n at least 1."""
    bits = min(max(len(keys).bit_length() + _ROOM, _FEWEST), _MOST)
    seen = np.zeros(1 << bits, np.bool_)
    seen[_front(keys, len(seen))] = True
    return AskedKeys(np.unique(band_of(keys)), seen)


def _front(keys: Unsigned, size: int) -> Unsigned:
    return np.asarray(keys >> np.uint64(65 - size.bit_length()))

"""MinHash signatures and band keys: rows that share a band are candidates for a near pair.

With b bands of r rows, a pair of Jaccard s shares at least one band with probability
1 - (1 - s**r)**b.
"""

from dataclasses import dataclass
from math import ceil, log

import numpy as np
import numpy.typing as npt
from rensa import RMinHash

from realsyn_lib.dedup.groups import pairs_in_groups
from realsyn_lib.dedup.shingles import ShingleSets, jaccard
from realsyn_lib.errors import SettingError
from realsyn_lib.hashing import mix


@dataclass(frozen=True)
class Banding:
    """How a signature is cut: ``bands`` keys of ``rows`` values each; ``seed`` of the hashes."""

    bands: int
    rows: int
    seed: int = 1

    def recall_at(self, similarity: float) -> float:
        """Return the share of pairs of that Jaccard index that meet in a band."""
        return float(1.0 - (1.0 - similarity**self.rows) ** self.bands)


def banding_for(threshold: float, min_recall: float, rows: int = 5, seed: int = 1) -> Banding:
    """Return the fewest bands whose recall at ``threshold`` is at least ``min_recall``.

    Args:
        threshold: least Jaccard index of a near pair, 0..1 exclusive.
        min_recall: least share of pairs exactly at the threshold that must meet, 0..1 exclusive.
        rows: values in a band; more make fewer false candidates and more bands.
        seed: of the hashes.

    Raises:
        SettingError: a value out of range.
    """
    if not (0 < threshold < 1 and 0 < min_recall < 1 and rows >= 1):
        raise SettingError(
            f"banding_for: threshold {threshold}, min_recall {min_recall}, rows {rows}; expected "
            "the first two between 0 and 1, rows at least 1"
        )
    return Banding(ceil(log(1.0 - min_recall) / log(1.0 - threshold**rows)), rows, seed)


def band_keys(sets: ShingleSets, banding: Banding) -> npt.NDArray[np.int64]:
    """Return the band keys of each row; the band's number is part of its key.

    Args:
        sets: shingles of n rows.
        banding: bands, rows, seed.

    Returns:
        (n, bands) int64. An empty row gets keys too: leave rows without a shingle out of the join.
    """
    count = len(sets.offsets) - 1
    if count == 0:
        return np.empty((0, banding.bands), dtype=np.int64)
    signatures = RMinHash.digest_matrix_from_flat_token_hashes(
        sets.hashes, sets.offsets.astype(np.uint64), banding.bands * banding.rows, banding.seed
    )
    values = np.array(signatures.to_rows(), dtype=np.uint64)
    values = values.reshape(count, banding.bands, banding.rows)
    keys = np.broadcast_to(np.arange(banding.bands, dtype=np.uint64), values.shape[:2])
    for row in range(banding.rows):
        keys = mix(keys * np.uint64(0x9E3779B97F4A7C15) + values[:, :, row] + np.uint64(1))
    return keys.view(np.int64)


def near_texts(sets: ShingleSets, banding: Banding, threshold: float) -> npt.NDArray[np.int64]:
    """Return the pairs of rows that meet in a band and whose exact Jaccard reaches ``threshold``.

    For one batch in memory; a table does the same by a join on ``band_keys``.

    Args:
        sets: shingles of n rows.
        banding: which rows are compared.
        threshold: least Jaccard index, 0..1.

    Returns:
        (pairs, 2) int64 row numbers, smaller first, ascending, each pair once.
    """
    filled = np.flatnonzero(np.diff(sets.offsets))
    keys = band_keys(sets, banding)[filled]
    met = [pairs_in_groups(keys[:, band]) for band in range(banding.bands)]
    pairs = filled[np.unique(np.concatenate(met), axis=0)]
    return pairs[jaccard(sets, pairs) >= threshold]

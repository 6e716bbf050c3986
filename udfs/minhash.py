"""MinHash band keys and shingles of sentences."""

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa

from realsyn_lib.dedup.minhash import Banding, band_keys
from realsyn_lib.dedup.shingles import shingle_sets

BANDED_DDL = "id bigint, bands array<bigint>, shingles array<bigint>"


def minhash_bands(
    banding: Banding,
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return a ``mapInArrow`` function: id bigint, text string -> ``BANDED_DDL``.

    Rows that share a band (its number is part of it) are candidates; ``jaccard_sql`` of their
    shingles decides. A text without a word has neither bands nor shingles.
    """

    def hash_texts(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            sets = shingle_sets(batch["text"])
            keys = band_keys(sets, banding)
            filled = np.diff(sets.offsets) > 0
            ends = np.r_[0, np.cumsum(filled * banding.bands)]
            columns = [
                batch["id"],
                _lists(ends, keys[filled].ravel()),
                _lists(sets.offsets, sets.hashes.view(np.int64)),
            ]
            yield pa.RecordBatch.from_arrays(columns, names=["id", "bands", "shingles"])

    return hash_texts


def _lists(offsets: np.ndarray, values: np.ndarray) -> pa.Array:
    return pa.ListArray.from_arrays(pa.array(offsets.astype(np.int32)), pa.array(values))

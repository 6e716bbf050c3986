"""Candidate pairs with their texts -> the near ones."""

from collections.abc import Callable, Iterator

import pyarrow as pa

from realsyn_lib.dedup.jaccard import word_jaccard
from udfs.gather import gathered

_PAIRS_AT_ONCE = 4096
Batches = Iterator[pa.RecordBatch]


def near_pairs_of_texts(min_jaccard: float) -> Callable[[Batches], Batches]:
    """Return a ``mapInArrow`` function: rows with left_text, right_text -> the near ones without."""

    def keep(batches: Batches) -> Batches:
        for batch in gathered(batches, _PAIRS_AT_ONCE):
            near = word_jaccard(batch["left_text"], batch["right_text"]) >= min_jaccard
            yield batch.drop_columns(["left_text", "right_text"]).filter(pa.array(near))

    return keep

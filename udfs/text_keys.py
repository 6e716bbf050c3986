"""Sentences -> a key that is equal where their normalised text is."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from realsyn_lib.dedup.shingles import text_keys
from realsyn_lib.dedup.words import words_of

KEYED_DDL = "sentence_id bigint, text_key bigint"


def keyed_texts(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Map (sentence_id, text) to ``KEYED_DDL``."""
    for batch in batches:
        keys = text_keys(words_of(batch["text"])).view(np.int64)
        yield pa.RecordBatch.from_arrays(
            [batch["sentence_id"], pa.array(keys)], ["sentence_id", "text_key"]
        )

"""Texts -> how often each word occurs in them."""

from collections.abc import Callable, Iterator

import pyarrow as pa

from realsyn_lib.sentences.words import word_occurrences
from udfs.gather import gathered

_ROWS_AT_ONCE = 16_384  # texts whose words are added up before Spark sees them


def count_words() -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return a ``mapInArrow`` function: ``text`` (string) -> ``word``, ``occurrence_count``.

    One row for each word of some thousand texts; summed by word they count the whole corpus. Adding
    them up here leaves Spark one row where small batches would give it ten.
    """

    def count(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in gathered(batches, _ROWS_AT_ONCE):
            yield word_occurrences(batch["text"])

    return count

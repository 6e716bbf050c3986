"""Texts -> how often each word occurs in them."""

from collections.abc import Callable, Iterator

import pyarrow as pa

from realsyn_lib.sentences.words import word_occurrences


def count_words() -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return a ``mapInArrow`` function: ``text`` (string) -> ``word``, ``occurrence_count``.

    One row for each word of a batch; summed by word they count the whole corpus. Adding them up
    before a shuffle keeps it to the vocabulary of a batch.
    """

    def count(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield word_occurrences(batch["text"])

    return count

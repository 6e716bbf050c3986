"""Words, complexity, action and unigram information of sentences."""

from collections.abc import Callable, Iterator

import pyarrow as pa

from realsyn_lib.sentences.complexity import Parser
from realsyn_lib.sentences.entropy import WordTable, entropy_bits
from realsyn_lib.sentences.words import word_occurrences

BatchFunction = Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]

_PARSED_AT_ONCE = 1024  # sentences; the tagger's working set stays in the processor's cache


def count_words() -> BatchFunction:
    """Return a ``mapInArrow`` function: ``text`` (string) -> ``word``, ``occurrence_count``.

    One row for each word of a batch; summed by word they count the whole corpus. Adding them up
    before a shuffle keeps it to the vocabulary of a batch.
    """

    def count(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield word_occurrences(batch["text"])

    return count


def score_complexity(load_parser: Callable[[], Parser]) -> BatchFunction:
    """Return a ``mapInArrow`` function that appends ``complexity`` (int), ``has_action`` (boolean).

    Expects ``text`` (string). The parser is loaded once for each worker: the light one takes 60 MB.
    """

    def score(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        parser = load_parser()
        for batch in batches:
            for start in range(0, batch.num_rows, _PARSED_AT_ONCE):
                part = batch.slice(start, _PARSED_AT_ONCE)
                parses = parser.parse(part["text"].to_pylist())
                part = part.append_column("complexity", pa.array(parses.complexity, pa.int32()))
                yield part.append_column("has_action", pa.array(parses.has_action))

    return score


def score_entropy(load_table: Callable[[], WordTable]) -> BatchFunction:
    """Return a ``mapInArrow`` function that appends ``entropy_bits`` (float).

    Expects ``text`` (string). The table, 16 bytes and the word's letters for each word, comes from
    where the caller keeps it, such as a broadcast.
    """

    def score(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        table = load_table()
        for batch in batches:
            bits = pa.array(entropy_bits(batch["text"], table))
            yield batch.append_column("entropy_bits", bits)

    return score

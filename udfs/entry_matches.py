"""Texts of pairs -> how many hold each entry of a list, and at which cap a pair is kept."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from realsyn_lib.arrow_types import arrow_schema
from realsyn_lib.embeddings import Ids
from realsyn_lib.entry_balance import Entries, held_entries, least_caps
from udfs.gather import gathered
from udfs.nearest_cluster import ArrowMap

COUNTS_DDL = "entry int, pairs bigint"
CAPS_DDL = "image_id bigint, least_cap double"
_RUNS_AT_ONCE = 2**15  # texts by the longest entry: each is cut into runs of up to so many words


def count_entries(entries: Entries) -> ArrowMap:
    """Return a ``mapInArrow`` function: (image_id, texts...) -> ``COUNTS_DDL`` of each partition.

    In memory are 8 bytes an entry, and of some ``_RUNS_AT_ONCE`` / longest pairs all runs of words: some
    200 MB.
    """

    def count(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        pairs = np.zeros(len(entries.hashes), dtype=np.int64)
        for batch in gathered(batches, _RUNS_AT_ONCE // entries.longest):
            _, entry = held_entries(batch.columns[1:], entries)
            pairs += np.bincount(entry, minlength=len(pairs))
        there = np.flatnonzero(pairs)
        columns = [pa.array(there.astype(np.int32)), pa.array(pairs[there])]
        yield pa.RecordBatch.from_arrays(columns, schema=arrow_schema(COUNTS_DDL))

    return count


def caps_of_pairs(entries: Entries, counts: Ids, seed: int) -> ArrowMap:
    """Return a ``mapInArrow`` function: (image_id, texts...) -> ``CAPS_DDL``, of pairs with an entry.

    ``counts``: (e,) int64, pairs that hold each entry.
    """

    def work(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in gathered(batches, _RUNS_AT_ONCE // entries.longest):
            ids = batch["image_id"].to_numpy()
            held = held_entries(batch.columns[1:], entries)
            caps = least_caps(ids, held, entries, counts, seed)
            has_one = np.isfinite(caps)
            columns = [pa.array(ids[has_one]), pa.array(caps[has_one])]
            yield pa.RecordBatch.from_arrays(columns, schema=arrow_schema(CAPS_DDL))

    return work

"""A few images among all sentences of a partition."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from realsyn_lib.arrow_types import arrow_schema
from realsyn_lib.embeddings import vectors_of
from realsyn_lib.retrieval.ranking import rank_in_groups
from realsyn_lib.retrieval.search import NO_SENTENCE, SearchRules
from udfs.device import search_on_device
from udfs.found_rows import FOUND_DDL, best_rows, found_rows
from udfs.gather import gathered
from udfs.nearest_cluster import ArrowMap

EXACT_DDL = f"{FOUND_DDL}, embedding binary"
_ROWS_AT_ONCE = 2**14


def search_all(asked: bytes, rules: SearchRules) -> ArrowMap:
    """Return a ``mapInArrow`` function: (cluster_id, sentence_id, text_key, embedding) -> ``EXACT_DDL``.

    The images of ``asked``, an Arrow stream of (image_id, embedding), are compared with every
    sentence of a partition. Its best ``top_k + spare`` of each image, whatever they say, are the
    parts of an exact search. ``_ROWS_AT_ONCE`` sentences are in memory.
    """
    depth = rules.top_k + rules.spare

    def search(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        search_on_device()
        images = pa.ipc.open_stream(asked).read_all()
        queries, schema = vectors_of(images["embedding"]), arrow_schema(EXACT_DDL)
        images = images.append_column("is_only", pa.repeat(False, len(queries)))
        one_group = np.zeros((len(queries), 1), dtype=np.int64)
        held = schema.empty_table()
        for batch in gathered(batches, _ROWS_AT_ONCE):
            sentences = pa.Table.from_batches([batch])
            ids, vectors = sentences["sentence_id"].to_numpy(), vectors_of(sentences["embedding"])
            starts = np.array([0, len(ids)])
            ranking = rank_in_groups(queries, one_group, vectors, starts, ids, depth)
            there = pa.array(ranking.members[ranking.members != NO_SENTENCE])
            columns = found_rows(images, sentences, ranking)
            columns.append(sentences["embedding"].combine_chunks().take(there))
            found = pa.Table.from_arrays(columns, schema=schema)
            held = best_rows(pa.concat_tables([held, found]), depth)
        yield from held.to_batches()

    return search


def best_of_all(depth: int) -> ArrowMap:
    """Return a ``mapInArrow`` function: ``EXACT_DDL`` -> the ``depth`` best rows of each image.

    Expects the rows of an image in one partition, which is in memory.
    """

    def best(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        held = [pa.Table.from_batches([batch]) for batch in batches]  # nullable or not, as it comes
        tables = [table.cast(arrow_schema(EXACT_DDL)) for table in held]
        if tables:
            yield from best_rows(pa.concat_tables(tables), depth).to_batches()

    return best
